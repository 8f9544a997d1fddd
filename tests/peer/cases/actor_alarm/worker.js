import { DurableObject } from 'cloudflare:workers';
import { serve, show, attempts } from 'harness';

export class Subject extends DurableObject {
    async start(kind, inMs) {
        await this.ctx.storage.put('kind', kind);
        await this.ctx.storage.setAlarm(Date.now() + inMs);
        return (await this.ctx.storage.getAlarm()) !== null;
    }
    async alarm(info) {
        const { storage } = this.ctx, kind = await storage.get('kind'), runs = (await storage.get('runs')) ?? [];
        runs.push([show(await storage.getAlarm()), info ? Object.keys(info).sort().join() : 'none', info?.retryCount, info?.isRetry, this.ctx.id.name, Date.now() >= (info?.scheduledTime ?? 0)].join(' '));
        await storage.put('runs', runs);
        if (kind === 'again' && runs.length < 3) await storage.setAlarm(Date.now() + 5);
        if (kind === 'delete') await storage.deleteAlarm();
        if (kind === 'throw' && runs.length < 2) { await storage.sync(); throw new Error('once'); }
    }
    async wait(count) {
        for (let i = 0; i < 400; i++) {
            const runs = (await this.ctx.storage.get('runs')) ?? [];
            if (runs.length >= count) return [...runs, show(await this.ctx.storage.getAlarm())].join('\n');
            await new Promise((done) => setTimeout(done, 20));
        }
        return 'never';
    }
    async arguments() {
        const { storage } = this.ctx;
        return attempts(() => storage.getAlarm(), () => storage.setAlarm(0), () => storage.setAlarm(-1), () => storage.setAlarm(NaN), () => storage.setAlarm('x'), () => storage.setAlarm(), () => storage.setAlarm(new Date(8640000000000000)), () => storage.setAlarm(9999999999999),
            async () => { await storage.setAlarm(8999999999999); return storage.getAlarm(); }, async () => { await storage.setAlarm(new Date(8999999999998)); return storage.getAlarm(); }, () => storage.deleteAlarm(), () => storage.getAlarm(), () => storage.deleteAlarm(),
            async () => { await storage.transaction(async (txn) => { await txn.setAlarm(8999999999999); txn.rollback(); }); return storage.getAlarm(); },
            async () => { await storage.transaction(async (txn) => { await txn.setAlarm(8999999999999); }); return storage.getAlarm(); }, async () => { await storage.deleteAll(); return storage.getAlarm(); },
            async () => { await storage.setAlarm(Date.now() - 50_000); return (await storage.getAlarm()) > Date.now() - 1000; });
    }
}
export class Other extends DurableObject {
    async set() {
        return attempts(() => this.ctx.storage.setAlarm(Date.now() + 1000), () => this.ctx.storage.getAlarm());
    }
}

export default serve({
    '/arguments': (request, { NS }) => NS.getByName('arguments').arguments(),
    '/nohandler': (request, { OTHER }) => OTHER.getByName('x').set(),
    '/once': async (request, { NS }) => { const stub = NS.getByName('once'); return `${await stub.start('once', 10)} ${await stub.wait(1)}`; },
    '/again': async (request, { NS }) => { const stub = NS.getByName('again'); return `${await stub.start('again', 10)} ${await stub.wait(3)}`; },
    '/delete': async (request, { NS }) => { const stub = NS.getByName('delete'); return `${await stub.start('delete', 10)} ${await stub.wait(1)}`; },
    '/throw': async (request, { NS }) => { const stub = NS.getByName('throw'); return `${await stub.start('throw', 10)} ${await stub.wait(2)}`; },
});
