// Random events upon one actor, a daemon that commits when it likes, crashes: every answer is a map's, and what is
// there after a crash is what was there after some turn, all of it.
declare const actor: any, test: any, assert: any, assertEq: any, idle: any, tick: any, DISK: number, MEMORY: number, show: any;

let seed = 1;
function rnd(n: number) { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; }
const KEYS = ['', 'a', 'aa', 'ab', 'b', 'ba', 'c', 'd', '\u00e9', 'z'];
const key = () => KEYS[rnd(KEYS.length)];
const sorted = (m: any) => Array.from(m.keys() as any).sort().map((k: any) => [k, m.get(k)]);

// One operation on storage s and the map; a promise.
async function step(s: any, m: any, note: (text: string) => void) {
  const k = key(), v = rnd(1000), options = rnd(4) === 0 ? { noCache: true } : undefined;
  switch (rnd(8)) {
    case 0: note('put ' + k); m.set(k, v); await s.put(k, v, options); break;
    case 1: { note('get ' + k); const want = m.get(k); assertEq(await s.get(k, options), want, 'get ' + k); break; }
    case 2: { note('delete ' + k); const want = m.delete(k); assertEq(await s.delete(k, options), want, 'delete ' + k); break; }
    case 3: {
      const ks = [key(), key(), key()], n = new Set(ks.filter(x => m.has(x))).size;
      note('delete ' + ks);
      ks.forEach(x => m.delete(x));
      assertEq(await s.delete(ks), n, 'delete ' + ks);
      break;
    }
    case 4: {
      const start = key(), end = key(), reverse = rnd(2) === 0, limit = 1 + rnd(5);
      let want = sorted(m).filter((e: any) => e[0] >= start && e[0] < end);
      if (reverse) want.reverse();
      want = want.slice(0, limit);
      note('list ' + start + ' ' + end);
      assertEq(JSON.stringify(Array.from(await s.list({ start, end, reverse, limit }))), JSON.stringify(want), 'list');
      break;
    }
    case 5: {
      const ks = [key(), key(), key()], want = JSON.stringify(sorted(m).filter((e: any) => ks.includes(e[0])));
      note('get ' + ks);
      assertEq(JSON.stringify(Array.from(await s.get(ks))), want, 'get ' + ks);
      break;
    }
    case 6: { note('list'); assertEq(JSON.stringify(Array.from(await s.list({ prefix: 'a' }))), JSON.stringify(sorted(m).filter((e: any) => e[0].startsWith('a')))); break; }
    default: note('put 2'); m.set(k, v); m.set('b', v); await s.put({ [k]: v, b: v });
  }
}

async function event(c: any, m: any, note: any, storage: number) {
  const s = c.storage;
  switch (rnd(7)) {
    case 0: {
      const before = new Map(m), back = rnd(2) === 0;
      note('transaction');
      await s.transaction(async (t: any) => {
        for (let i = rnd(4); i >= 0; i--) await step(t, m, note);
        if (back) { t.rollback(); m.clear(); before.forEach((v: any, k: any) => m.set(k, v)); }
      });
      break;
    }
    case 1:
      if (rnd(4) === 0) { note('deleteAll'); m.clear(); await s.deleteAll(); }
      break;
    case 2: note('io'); await c.blockConcurrencyWhile(async () => { await step(s, m, note); await c.io(); await step(s, m, note); }); break;
    case 3:
      if (storage === DISK) {
        const before = new Map(m);
        note('transactionSync');
        try {
          s.transactionSync(() => { const k = key(); m.set(k, 1); s.kv.put(k, 1); assertEq(s.kv.get(k), 1); if (rnd(2)) throw new Error('back'); });
        } catch (e: any) { if (e.message !== 'back') throw e; m.clear(); before.forEach((v: any, k: any) => m.set(k, v)); }
      }
      break;
    default:
      for (let i = rnd(4); i >= 0; i--) await step(s, m, note);
  }
}

async function life(storage: number, start: number) {
  seed = start;
  const a = actor({ storage, piece: 2, preload: rnd(2) === 0 });
  let m = new Map<string, number>(), trace: string[] = [], states: any = {};
  const note = (text: string) => { trace.push(text); };
  try {
    for (let i = 0; i < 60; i++) {
      const what = rnd(12);
      if (what === 0 && storage === DISK) {
        trace.push('crash');
        if (a.instance !== null) {
          a.hold(); // some writes are not durable, some are not even committed
          for (let j = rnd(4); j > 0; j--) {
            await a.run((c: any) => { for (let k = 0; k < 2; k++) { const at = key(), v = rnd(1000); m.set(at, v); c.storage.put(at, v); } });
            states[JSON.stringify(sorted(m))] = true;
            await tick();
            if (rnd(3) === 0) a.release(a.instance.n);
          }
          a.crash();
          a.held = false;
          await idle();
        }
        m = new Map();
        await a.run(async (c: any) => { (await c.storage.list()).forEach((v: any, k: any) => m.set(k, v)); });
        const now = JSON.stringify(sorted(m));
        assert(states[now] || now === '[]', 'a state that never was: ' + now);
      } else if (what === 1) {
        trace.push('hold');
        a.hold();
        const waiting = a.run((c: any) => event(c, m, note, storage));
        for (let j = rnd(6); j > 0; j--) await tick();
        a.release();
        await waiting;
      } else {
        await a.run((c: any) => event(c, m, note, storage));
      }
      states[JSON.stringify(sorted(m))] = true;
    }
    await idle();
    if (storage === DISK)
      assertEq(Object.keys(a.store.entries).sort().length, m.size, 'what is durable in the end');
  } catch (e: any) {
    throw new Error('seed ' + start + ': ' + e.message + '\n' + trace.slice(-12).join('\n'));
  }
}

test('random events on disk', async () => { for (let i = 1; i <= 40; i++) await life(DISK, i * 7919); });
test('random events in memory', async () => { for (let i = 1; i <= 20; i++) await life(MEMORY, i * 104729); });
