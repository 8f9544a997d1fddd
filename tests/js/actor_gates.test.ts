declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, advance: any, cpuLimit: any;

// A daemon that has keys of before, and an actor that knows none of them.
async function stored(entries: any, options: any = {}) {
  const a = actor(options);
  await a.run((c: any) => { c.storage.put(entries); });
  await idle();
  a.crash();
  return a;
}

test('a read that must be asked for keeps other events out until its continuation ran', async () => {
  const a = await stored({ n: 1 }), seen: string[] = [];
  a.hold();
  const one = a.run(async (c: any) => { seen.push('begin'); const n = await c.storage.get('n'); seen.push('got ' + n); });
  const two = a.run(() => { seen.push('other'); });
  await tick(); await tick(); await tick();
  assertEq(seen, ['begin']);
  a.release();
  await one; await two;
  assertEq(seen, ['begin', 'got 1', 'other']);
});

test('with allowConcurrency it does not', async () => {
  const a = await stored({ n: 1 }), seen: string[] = [];
  a.hold();
  const one = a.run(async (c: any) => { seen.push('begin'); await c.storage.get('n', { allowConcurrency: true }); seen.push('got'); });
  const two = a.run(() => { seen.push('other'); });
  await two;
  a.release();
  await one;
  assertEq(seen, ['begin', 'other', 'got']);
});

test('other I/O lets events interleave', async () => {
  const a = actor(), seen: string[] = [];
  const one = a.run(async (c: any) => { seen.push('begin'); await c.io(); seen.push('end'); });
  const two = a.run(() => { seen.push('other'); });
  await one; await two;
  assertEq(seen, ['begin', 'other', 'end']);
});

test('what is known is answered in the same turn', async () => {
  const a = await stored({ n: 1 }), seen: string[] = [];
  await a.run((c: any) => c.storage.get('n'));
  const one = a.run(async (c: any) => {
    for (let i = 0; i < 5; i++) { await c.storage.put('n', i); await c.storage.get('n'); await c.storage.get('never'); }
    seen.push('one');
  });
  const two = a.run(() => { seen.push('two'); });
  await one; await two;
  assertEq(seen, ['one', 'two']);
});

test('two reads under way each keep the lock', async () => {
  const a = await stored({ a: 1, b: 2 }), seen: string[] = [];
  a.hold();
  const one = a.run(async (c: any) => {
    const both = await Promise.all([c.storage.get('a'), c.storage.get('b')]);
    seen.push(both.join());
  });
  const two = a.run(() => { seen.push('other'); });
  await tick();
  a.release();
  await one; await two;
  assertEq(seen, ['1,2', 'other']);
});

test('blockConcurrencyWhile keeps everything else out, I/O of the outside included', async () => {
  const a = actor(), seen: string[] = [];
  let started: any;
  const one = a.run(async (c: any) => { started = c.io(); await started; seen.push('outside'); });
  const two = a.run(async (c: any) => {
    await c.blockConcurrencyWhile(async () => {
      seen.push('in');
      for (let i = 0; i < 10; i++) await c.io();
      seen.push('out');
    });
    seen.push('after');
  });
  const three = a.run(() => { seen.push('third'); });
  await Promise.all([one, two, three]);
  assertEq(seen.slice(0, 3), ['in', 'out', 'after']);
  assertEq(seen.slice(3).sort(), ['outside', 'third']);
});

test('the continuation of a section that succeeded is the next turn of its parent', async () => {
  const a = actor(), seen: string[] = [];
  const waiting: any[] = [];
  const one = a.run(async (c: any) => {
    const value = await c.blockConcurrencyWhile(async () => { await c.io(); return 7; });
    seen.push('value ' + value);
  });
  await tick();
  for (let i = 0; i < 3; i++) waiting.push(a.run(() => { seen.push('event ' + i); }));
  await one; await Promise.all(waiting);
  assertEq(seen, ['value 7', 'event 0', 'event 1', 'event 2']);
});

test('sections that start together run one after the other, in order', async () => {
  const a = actor(), seen: string[] = [];
  await a.run((c: any) => Promise.all([1, 2, 3].map(n => c.blockConcurrencyWhile(async () => {
    seen.push('in ' + n); await c.io(); seen.push('out ' + n);
  }))));
  assertEq(seen, ['in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3']);
});

test('sections nest 64 deep', async () => {
  const a = actor();
  const depth = await a.run(async (c: any) => {
    let deepest = 0, error = '';
    const nest = (n: number): Promise<any> => c.blockConcurrencyWhile(async () => {
      deepest = n;
      try { await nest(n + 1); } catch (e) { error = String(e); }
    });
    await nest(1);
    return [deepest, error];
  });
  assertEq(depth, [64, 'Error: blockConcurrencyWhile() calls are nested too deeply.']);
  assertEq(await a.run(() => 'alive'), 'alive');
});

test('a section that throws breaks the actor and never settles', async () => {
  const a = actor(), seen: string[] = [];
  const one = a.run(async (c: any) => {
    c.storage.put('lost', 1);
    try { await c.blockConcurrencyWhile(async () => { c.storage.put('lost', 2); throw new TypeError('it broke'); }); } finally { seen.push('never'); }
  });
  const two = a.run(() => { seen.push('never'); });
  await assertRejects(one, 'Error: it broke');
  await assertRejects(two, 'Error: it broke');
  await idle();
  assertEq(seen, []);
  assertEq(a.store.entries.lost !== undefined, true); // what was written before the section left with its turn
  assertEq(await a.run(() => 'new'), 'new');
});

test('a section that takes more than 30 seconds breaks the actor', async () => {
  const a = actor();
  const one = a.run((c: any) => c.blockConcurrencyWhile(() => new Promise(() => {})));
  await assertRejects(one, 'Error: A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the Durable Object was reset.');
});

test('abort ends script where it is, and what the turn wrote is lost', async () => {
  const a = actor(), seen: string[] = [];
  const one = a.run(async (c: any) => {
    c.storage.put('k', 1);
    Promise.resolve().then(() => { seen.push('job'); });
    try { c.abort('enough'); seen.push('after'); } catch (e) { seen.push('caught'); } finally { seen.push('finally'); }
  });
  await assertRejects(one, 'Error: enough');
  await idle();
  assertEq(seen, []);
  assertEq(a.store.messages, 0);
  assertEq(logs, []);
  assertEq(await a.run((c: any) => c.storage.get('k')), undefined);
});

test('an event that waited when the actor broke fails with it', async () => {
  const a = actor();
  const one = a.run(async (c: any) => { await c.blockConcurrencyWhile(async () => { await c.io(); c.abort('gone'); }); });
  const two = a.run(() => 'never');
  await assertRejects(one, 'Error: gone');
  await assertRejects(two, 'Error: gone');
});

test('storage of one actor is of no use in another', async () => {
  const a = actor(), b = actor();
  let s: any;
  await a.run((c: any) => { s = c.storage; });
  await assertRejects(b.run(() => s.get('x')), /Cannot perform I\/O on behalf of a different Durable Object/);
  await assertRejects(b.run(() => s.put('x', 1)), /Cannot perform I\/O on behalf of a different Durable Object/);
  await assertRejects(b.run(async () => s.delete('x')), /Cannot perform I\/O on behalf of a different Durable Object/);
});

test('many turns that follow each other of their own accord end', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    for (let i = 0; i < 500; i++) await c.blockConcurrencyWhile(async () => { });
    return 'done';
  }), 'done');
});

test('a turn that uses too much CPU time breaks the actor, and loses what it wrote', async () => {
  const a = actor(), b = actor();
  await a.run((c: any) => { c.storage.put('kept', 1); });
  const other = b.run(async (c: any) => { await c.io(); await c.io(); return 'alive'; });
  cpuLimit(60);
  const one = a.run((c: any) => {
    c.storage.put('lost', 1);
    Promise.resolve().then(() => c.storage.put('lost', 2));
    for (;;);
  });
  const two = a.run(() => 'never');
  await assertRejects(one, 'Error: Durable Object exceeded its CPU time limit and was reset.');
  await assertRejects(two, 'Error: Durable Object exceeded its CPU time limit and was reset.');
  cpuLimit(0);
  assertEq(await other, 'alive');
  assertEq(await a.run(async (c: any) => [await c.storage.get('kept'), await c.storage.get('lost')]), [1, undefined]);
});
