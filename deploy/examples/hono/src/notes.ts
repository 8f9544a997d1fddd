export interface Note {
    id: number;
    title: string;
    text: string;
}

// Kept in the isolate only: gone with the next restart.
export const notes = new Map<number, Note>([
    [1, { id: 1, title: 'first', text: 'Water the plants' }],
    [2, { id: 2, title: 'second', text: 'Call home' }],
]);
