// What the tests of this directory check with; no modules of Node.
function text(value) {
    if (typeof value === 'string') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
    if (ArrayBuffer.isView(value)) return `${value.constructor.name}[${[...value].join(' ')}]`;
    if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) return `{${Object.keys(value).sort().map((key) => `${key}: ${text(value[key])}`).join(', ')}}`;
    return Object.is(value, -0) ? '-0' : String(value);
}

export function ok(value, what = 'value') {
    if (!value) throw new Error(`${what} is ${text(value)}`);
}

export function eq(got, want) {
    if (text(got) !== text(want)) throw new Error(`got ${text(got)}, want ${text(want)}`);
}

export function throws(fn, name, part = '') {
    let error;
    try { fn(); } catch (e) { error = e; }
    check(error, name, part);
}

export async function rejects(promise, name, part = '') {
    let error;
    try { await promise; } catch (e) { error = e; }
    check(error, name, part);
}

function check(error, name, part) {
    if (error === undefined) throw new Error(`nothing thrown, want ${name}`);
    if (error.name !== name || !error.message.includes(part)) throw new Error(`thrown ${error.name}: ${error.message}, want ${name}: ${part}`);
}
