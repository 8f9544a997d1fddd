#!/usr/bin/env python3
"""runtime/tools/patch_sqlite.py SRC_DIR OUT_DIR - our changes to SQLite's amalgamated source.

Writes sqlite3.c and sqlite3.h to OUT_DIR. Every change is anchored to a few words inside one part of the
source; an anchor that is not found exactly once ends the build: another SQLite needs another look.

What is added: two counters of a statement, read by sqlite3_stmt_status as WK_STMTSTATUS_ROWS_READ and
_ROWS_WRITTEN (runtime/sql/sql_priv.h has the numbers). A row is read whenever a cursor is put on one, and
written whenever one enters a table or an index that is not ephemeral or leaves a table: what a cursor's
rowsRead and rowsWritten say. And the authorizer is asked for the new name when a table is renamed."""
import os
import sys

READ = 'p->aCounter[9]++;'
WRITTEN = 'p->aCounter[10]++;'


class Source:
    def __init__(self, path):
        self.path = path
        with open(path, encoding='utf-8') as f:
            self.text = f.read()

    def after(self, within, anchor, new, end='\n}\n'):
        """Puts new behind anchor, which stands once between within and end."""
        if self.text.count(within) != 1:
            sys.exit(f'{self.path}: {within!r} found {self.text.count(within)} times, not once')
        start = self.text.index(within)
        stop = self.text.index(end, start) + len(end)
        count = self.text.count(anchor, start, stop)
        if count != 1:
            sys.exit(f'{self.path}: {anchor!r} found {count} times in {within!r}, not once')
        at = self.text.index(anchor, start) + len(anchor)
        self.text = self.text[:at] + new + self.text[at:]


def patch(src):
    src.after('  bft haveEqpOps:1;', '  u32 aCounter[9', '+2', '};')
    src.after('case OP_Count: {', 'rc = sqlite3BtreeCount(db, pCrsr, &nEntry);\n', '    p->aCounter[9] += (u32)nEntry;\n')
    src.after('case OP_SeekGT: {', '      goto seek_not_found;\n    }\n  }\n', f'  {READ}\n')
    src.after('case OP_NotExists:', '  pC->seekResult = res;\n', f'  {READ}\n')
    src.after('case OP_Insert: {', 'assert( (pOp->p5 & OPFLAG_LASTROWID)==0 || (pOp->p5 & OPFLAG_NCHANGE)!=0 );\n',
              f'  if( !pC->isEphemeral ) {WRITTEN}\n')
    src.after('case OP_Delete: {', '  if( opflags & OPFLAG_NCHANGE ){\n', f'    if( !pC->isEphemeral ) {WRITTEN}\n', '\n  break;\n}\n')
    src.after('case OP_Last: {', '  if( rc ) goto abort_due_to_error;\n', f'  {READ}\n')
    src.after('case OP_Rewind: {', '  if( rc ) goto abort_due_to_error;\n', f'  {READ}\n')
    src.after('next_tail:\n', '    p->aCounter[pOp->p5]++;\n', f'    {READ}\n')
    src.after('case OP_IdxInsert: {', 'if( pOp->p5 & OPFLAG_NCHANGE ) p->nChange++;\n', f'  if( !pC->isEphemeral ) {WRITTEN}\n')
    src.after('case OP_Clear: {', '    p->nChange += nChange;\n', '    p->aCounter[10] += (u32)nChange;\n')
    src.after('case OP_VNext: {', '  rc = pModule->xNext(pCur->uc.pVCur);\n  sqlite3VtabImportErrmsg(p, pVtab);\n'
              '  if( rc ) goto abort_due_to_error;\n', f'  {READ}\n')
    src.after('rc = pModule->xUpdate(pVtab, nArg, apArg, &rowid);', '      }\n    }else{\n', f'      {WRITTEN}\n')
    src.after('SQLITE_PRIVATE void sqlite3AlterRenameTable(\n', '  if( !zName ) goto exit_rename_table;\n',
              '  if( sqlite3AuthCheck(pParse, SQLITE_ALTER_TABLE, zDb, zName, 0) ) goto exit_rename_table;\n')


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    src_dir, out_dir = sys.argv[1:]
    src = Source(os.path.join(src_dir, 'sqlite3.c'))
    patch(src)
    os.makedirs(out_dir, exist_ok=True)
    with open(os.path.join(src_dir, 'sqlite3.h'), encoding='utf-8') as f:
        header = f.read()
    for name, text in (('sqlite3.c', src.text), ('sqlite3.h', header)):
        with open(os.path.join(out_dir, name), 'w', encoding='utf-8') as f:
            f.write(text)


main()
