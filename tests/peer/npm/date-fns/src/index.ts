// date-fns: hundreds of small modules, dates in many forms.
import { add, addDays, addMonths, differenceInCalendarDays, differenceInDays, eachDayOfInterval, endOfMonth, format, formatDistance, formatISO, formatRelative, getISOWeek, intervalToDuration, isLeapYear, isValid, isWeekend, parse, parseISO, startOfWeek, sub } from 'date-fns';
import { de } from 'date-fns/locale/de';
import { serve, attempts } from '../../../harness.js';

const at = new Date(Date.UTC(2024, 1, 29, 13, 5, 9, 7));

export default serve({
    '/format': () => attempts(() => format(at, 'yyyy-MM-dd HH:mm:ss.SSS'), () => format(at, "EEEE, do MMMM yyyy 'at' h:mm aa"), () => format(at, 'PPPPpppp'), () => format(at, 'PPPP', { locale: de }), () => format(at, "QQQ w I R xxx XXX O"), () => formatISO(at), () => format(new Date(NaN), 'yyyy')),
    '/math': () => attempts(() => addDays(at, 1).toISOString(), () => addMonths(new Date(2024, 0, 31), 1).toISOString(), () => add(at, { years: 1, hours: 3 }).toISOString(), () => sub(at, { weeks: 2 }).toISOString(), () => differenceInDays(at, new Date(0)), () => differenceInCalendarDays(at, new Date(0)), () => endOfMonth(at).toISOString(), () => startOfWeek(at, { weekStartsOn: 1 }).toISOString(), () => getISOWeek(at), () => isLeapYear(at), () => isWeekend(at), () => eachDayOfInterval({ start: at, end: addDays(at, 2) }).length, () => intervalToDuration({ start: new Date(0), end: at })),
    '/parse': () => attempts(() => parseISO('2024-02-29T10:00:00+02:00').toISOString(), () => parse('29.02.2024 10:11', 'dd.MM.yyyy HH:mm', new Date(0)).toISOString(), () => isValid(parse('x', 'yyyy', new Date())), () => isValid(parseISO('2024-02-30'))),
    '/words': () => attempts(() => formatDistance(at, new Date(0)), () => formatDistance(at, addDays(at, 3), { addSuffix: true }), () => formatRelative(addDays(at, -1), at), () => formatDistance(at, addMonths(at, 2), { locale: de })),
} as any);
