// The lines of all processes of a run (kernel/base/events.h), in the order of their times. Whatever the length of the
// run, a piece of each file that is being read is in memory, and no more.
//
// K. the kernel. end: a link; route: a session, by number; side: 0 opened it, 1 accepted it
//   K.process end key           the link of the process that said P.link key
//   K.down end                  it is gone, and with it all its sessions
//   K.open route end sid        side 0 calls it sid; end 0: the kernel itself
//   K.child route parent        it ends with its parent
//   K.accept route end sid      side 1 calls it sid
//   K.redirect route gate       side 1, who is out of it now, hands it to the acceptor of that gate session
//   K.ends route told there code   told: bits of the sides that know; there: of those that can be told
//   K.told route side           one was
//   K.ended route               what belonged to it is gone too
//   K.gate route                it is a gate session
//   K.member gate route side    what that side says is output of the gate's actor
//   K.seen gate stamp           the acceptor of the gate has sent that many writes
//   K.advance gate stamp        the opener says so many are durable
//   K.out gate route side kind stamp how    an output; how: 0 passes, 1 is held, 2 of an OPEN that is taken back, 3 refused
//   K.release gate route side stamp         a held one passes
// D. the storage daemon. inc: an incarnation; actor: a hash of its namespace, id and facet; n: of a message of writes
//   D.boot boot shard · D.ready boot shard   before and after the stored alarms were taken in
//   D.place inc actor disk alarm   then D.open of its gate session: sid gate(1)
//   D.end inc code              it is over
//   D.admit inc sid stub        an event is handed on to it
//   D.stuck sid stub            an event is refused because its stub's incarnation broke
//   D.write inc n last          writes arrived; last: they end a turn
//   D.seal actor inc n          a batch is whole; inc 0: the daemon's own
//   D.join actor inc n          it goes into the round that fills
//   D.commit batches tidies · D.synced err · D.done err   the round is given to the disk, is on it, is dealt with
//   D.empty batches             a round without a write
//   D.advance sid n             what the gate may let go
//   D.deleteall actor generation alarm
//   D.alarm actor inc plus1 by  a batch sets the alarm (0: none); by: 0 actor, 1 handler's success, 2 deleteAll, 3 scheduler
//   D.armed actor due retry · D.fired actor due now inc counted · D.ran actor ok canceled retry counted · D.forgot actor
// H. an isolate host
//   H.actor inc sid · H.gone inc
//   H.event inc sid             an event of the actor arrived
//   H.waits inc                 an entry waits at a gate
//   H.turn inc why section over · H.turned inc   why: 0 at once, 1 waited, 2 an operation's result, 3 behind a section;
//                               over: the cache is over its dirty limit
//   H.pressed inc               one is granted and waits for the cache
//   H.section inc number parent · H.succeeds inc number
//   H.op inc op · H.result inc op     op keeps the gate shut until its result
//   H.sync inc op · H.synced inc op   op 0: at once
//   H.write inc n confirmed last · H.durable inc n
//   H.output inc held           something is about to leave; held: behind the turn's writes
//   H.sent sid kind             a frame of a session; kind as in kernel/ipc/frame.h
// P. any
//   P.start pid parent · P.link key
// 'eof' comes after the last line of each file.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const CHUNK = 1 << 16;

class File {
    constructor(dir, name) {
        this.path = path.join(dir, name);
        this.name = name;
        this.process = { name, sort: name[0] === 'k' ? 'K' : name[0] === 'a' ? 'D' : 'H', dead: false };
        this.fd = -1;
        this.buffer = Buffer.alloc(0);
        this.at = 0;
        this.offset = 0;
        this.ns = 0;
        this.kind = '';
        this.values = [];
        this.kinds = new Map();
    }

    // False: no whole line is left.
    fill() {
        const more = Buffer.allocUnsafe(CHUNK), got = fs.readSync(this.fd, more, 0, CHUNK, this.offset);
        if (got === 0) return false;
        this.offset += got;
        this.buffer = this.at < this.buffer.length ? Buffer.concat([this.buffer.subarray(this.at), more.subarray(0, got)]) : more.subarray(0, got);
        this.at = 0;
        return true;
    }

    next() {
        if (this.fd < 0) this.fd = fs.openSync(this.path, 'r');
        let end;
        while ((end = this.buffer.indexOf(10, this.at)) < 0) if (!this.fill()) return this.close();
        const b = this.buffer, values = (this.values = []);
        let at = this.at, n = 0, from;
        for (; at < end && b[at] !== 32; at++) n = n * 10 + b[at] - 48;
        if (n < this.ns) throw new Error(`${this.name}: time goes back at ${n}`);
        this.ns = n;
        for (from = ++at; at < end && b[at] !== 32; at++);
        this.kind = b.latin1Slice(from, at);
        while (at < end) {
            for (n = 0, at++; at < end && b[at] !== 32; at++) n = n * 10 + b[at] - 48;
            values.push(n);
        }
        this.at = end + 1;
        return true;
    }

    close() {
        fs.closeSync(this.fd);
        this.fd = -1;
        return false;
    }
}

// Calls fn(process, ns, kind, values) for every line of the directory's files.
function read(dir, fn) {
    const waiting = [], active = [];
    for (const name of fs.readdirSync(dir).filter((each) => each.endsWith('.log'))) {
        const file = new File(dir, name);
        if (!file.next()) continue;
        const first = file.ns;
        file.close();
        waiting.push({ first, file: new File(dir, name) });
    }
    waiting.sort((a, b) => b.first - a.first);
    for (;;) {
        let next = null;
        for (const file of active) if (next === null || file.ns < next.ns) next = file;
        while (waiting.length > 0 && (next === null || waiting[waiting.length - 1].first <= next.ns)) {
            const { file } = waiting.pop();
            if (file.next()) active.push(file);
            if (next === null || file.ns < next.ns) next = file;
        }
        if (next === null) return;
        fn(next.process, next.ns, next.kind, next.values);
        if (next.next()) continue;
        active.splice(active.indexOf(next), 1);
        next.process.dead = true;
        fn(next.process, next.ns, 'eof', []);
    }
}

module.exports = { read };
