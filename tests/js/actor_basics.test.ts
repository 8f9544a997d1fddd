declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any;

test('put, get and delete on disk', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => { await c.storage.put('k', { n: 1 }); return c.storage.get('k'); }), { n: 1 });
  await idle();
  assertEq(Object.keys(a.store.entries), ['k']);
  assertEq(await a.run((c: any) => c.storage.get('nothing')), undefined);
  assertEq(await a.run((c: any) => c.storage.delete('k')), true);
  assertEq(await a.run((c: any) => c.storage.delete('k')), false);
  await idle();
  assertEq(Object.keys(a.store.entries), []);
});

test('in memory nothing is sent', async () => {
  const a = actor({ storage: MEMORY });
  assertEq(await a.run(async (c: any) => { c.storage.put('k', 1); return c.storage.get('k'); }), 1);
  await idle();
  assertEq(a.store.messages, 0);
});
