// Array.fromAsync.
Object.defineProperty(Array, 'fromAsync', {
  writable: true, configurable: true,
  value: async function fromAsync(this: any, source: any, map?: any, self?: any) {
    const out: any[] = [];
    let i = 0;
    if (source[Symbol.asyncIterator] || source[Symbol.iterator]) {
      for await (const value of source) { out.push(map ? await map.call(self, value, i) : value); i++; }
    } else {
      for (; i < source.length; i++) { const value = await source[i]; out.push(map ? await map.call(self, value, i) : value); }
    }
    return out;
  },
});
