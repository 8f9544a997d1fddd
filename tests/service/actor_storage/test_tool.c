/* What wkctl asks: looks at what is stored, changes of it, backups. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(tool, .fini = storage_stop, .timeout = 60);

static uint32_t
tool_open(Wk__StorageTool *tool)
{
    static uint32_t last = 0x1000;
    WK_ENVELOPE(msg, STORAGE_TOOL, storage_tool, tool);
    struct wk_frame f = {
        .kind = WK_FRAME_OPEN, .handle = 0xffffffffu, .session = WK_SESSION_OF_KERNEL | ++last};
    struct wk_buf packed = {0};

    wk_pack(&msg.base, &packed);
    f.body = (const uint8_t *)packed.data;
    f.body_bytes = (uint32_t)packed.len;
    fake_send(fk, &f);
    wk_buf_fini(&packed);
    return f.session;
}

static const Wk__StorageToolReply *
reply_expect(uint32_t session)
{
    struct fake_frame *frame = fake_expect_msg(fk, WK__ENVELOPE__BODY_STORAGE_TOOL_REPLY);

    cr_assert_eq(frame->f.session, session);
    return frame->msg->storage_tool_reply;
}

static const Wk__StorageToolReply *
ask(Wk__StorageTool *tool)
{
    uint32_t session = tool_open(tool);
    const Wk__StorageToolReply *reply = reply_expect(session);

    cr_assert_not(reply->more);
    close_expect(session, WK_OK);
    return reply;
}

static const Wk__StorageToolReply *
list(const char *unique_key)
{
    Wk__StorageTool tool = WK__STORAGE_TOOL__INIT;
    Wk__StorageToolList what = WK__STORAGE_TOOL_LIST__INIT;

    what.unique_key = (char *)(uintptr_t)unique_key;
    tool.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    tool.list = &what;
    return ask(&tool);
}

static Wk__StorageTool
dump(Wk__StorageToolDump *what, unsigned actor)
{
    Wk__StorageTool tool = WK__STORAGE_TOOL__INIT;

    wk__storage_tool_dump__init(what);
    what->unique_key = (char *)(uintptr_t) "first";
    what->id = actor_id(actor);
    tool.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    tool.dump = what;
    return tool;
}

static void
store(void)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    event = EVENT(.ns = 0, .actor = 1, .name = "one");
    gate = gate_expect();
    redirect_expect(event, &gate);
    writes(&gate, "old=1 ! a=1 b=2 #0 ##1 @4102444800000 ;");
    advance_expect(&gate, 1);
    gate = place(0, 2);
    writes(&gate, "c=3 ;");
    advance_expect(&gate, 1);
    gate_close(&gate, WK_OK, NULL);
    gate = place(1, 1);
    writes(&gate, "d=4 ;");
    advance_expect(&gate, 1);
}

Test(tool, lists_namespaces_and_actors)
{
    const Wk__StorageToolReply *reply;

    store();
    reply = list("");
    cr_assert_eq(reply->n_items, 2);
    cr_expect_str_eq(reply->items[0]->unique_key, "first");
    cr_expect_str_eq(reply->items[1]->unique_key, "second");
    reply = list("first");
    cr_assert_eq(reply->n_items, 2);
    cr_expect_arr_eq(reply->items[0]->id.data, actor_id(1).data, 32);
    cr_expect_str_eq(reply->items[0]->id_name, "one");
    cr_expect_eq(reply->items[0]->entries, 2);
    cr_expect_eq(reply->items[0]->alarm_ms_plus1, 4102444800001);
    cr_expect(reply->items[0]->live);
    cr_expect_eq(reply->items[1]->entries, 1);
    cr_expect_not(reply->items[1]->live);
}

Test(tool, dumps_an_actor_or_a_key_of_it)
{
    Wk__StorageToolDump what;
    Wk__StorageTool tool;
    const Wk__StorageToolReply *reply;
    uint32_t session;

    store();
    tool = dump(&what, 1);
    reply = ask(&tool);
    cr_assert_eq(reply->n_items, 4);
    cr_expect_eq(reply->items[0]->page_count, 1);
    cr_expect_str_eq(reply->items[0]->id_name, "one");
    cr_expect_eq(reply->items[0]->alarm_ms_plus1, 4102444800001);
    cr_expect_eq(reply->items[1]->page->number, 0);
    cr_expect_str_eq(entries_text(1, &reply->items[2]->entry), "a=1");
    cr_expect_str_eq(entries_text(1, &reply->items[3]->entry), "b=2");
    tool = dump(&what, 1);
    what.only_key = true;
    what.key = WK_BYTES_OF("b", 1);
    reply = ask(&tool);
    cr_assert_eq(reply->n_items, 1);
    cr_expect_str_eq(entries_text(1, &reply->items[0]->entry), "b=2");
    what.key = WK_BYTES_OF("old", 3);
    session = tool_open(&tool);
    cr_expect_str_eq(close_expect(session, WK_ENOTFOUND)->message, "the actor has no such key");
}

Test(tool, a_long_dump_comes_in_pieces)
{
    Wk__StorageToolDump what;
    Wk__StorageTool tool, next = WK__STORAGE_TOOL__INIT;
    WK_ENVELOPE(msg, STORAGE_TOOL, storage_tool, &next);
    const Wk__StorageToolReply *reply;
    struct gate gate;
    uint32_t session;
    size_t pages = 0, pieces = 0;

    storage_start();
    gate = place(0, 1);
    for (int i = 0; i < 200; i += 50) {
        char text[1024] = "";

        for (int j = 0; j < 50; j++)
            sprintf(text + strlen(text), "#%d ", i + j);
        strcat(text, "##200 ;");
        writes(&gate, text);
        advance_expect(&gate, gate.messages);
    }
    tool = dump(&what, 1);
    session = tool_open(&tool);
    next.ask_case = WK__STORAGE_TOOL__ASK_NEXT;
    next.next = true;
    do {
        reply = reply_expect(session);
        for (size_t i = 0; i < reply->n_items; i++)
            if (reply->items[i]->page != NULL)
                cr_assert_eq(reply->items[i]->page->number, pages++);
        pieces++;
        if (reply->more)
            fake_send_msg(fk, session, &msg, 0);
    } while (reply->more);
    close_expect(session, WK_OK);
    cr_expect_eq(pages, 200);
    cr_expect_gt(pieces, 2);
}

Test(tool, lists_alarms_in_the_order_of_time)
{
    Wk__StorageTool tool = WK__STORAGE_TOOL__INIT;
    Wk__StorageToolAlarms what = WK__STORAGE_TOOL_ALARMS__INIT;
    const Wk__StorageToolReply *reply;
    struct gate gate;

    store();
    gate = place(0, 3);
    writes(&gate, "@4102444700000 ;");
    advance_expect(&gate, 1);
    gate = place(1, 3);
    writes(&gate, "@4102444700001 ;");
    advance_expect(&gate, 1);
    what.unique_key = (char *)(uintptr_t) "first";
    tool.ask_case = WK__STORAGE_TOOL__ASK_ALARMS;
    tool.alarms = &what;
    reply = ask(&tool);
    cr_assert_eq(reply->n_items, 2);
    cr_expect_eq(reply->items[0]->alarm_ms_plus1, 4102444700001);
    cr_expect_str_eq(reply->items[1]->id_name, "one");
}

static Wk__StorageTool
change(Wk__StorageToolWrite *what, unsigned actor, bool begin, bool end)
{
    static Wk__StorageWrite put, *list[1] = {&put};
    static Wk__StorageEntry entry;
    Wk__StorageTool tool = WK__STORAGE_TOOL__INIT;

    wk__storage_write__init(&put);
    wk__storage_entry__init(&entry);
    wk__storage_tool_write__init(what);
    entry.key = WK_BYTES_OF("new", 3);
    entry.value = WK_BYTES_OF("9", 1);
    put.kind_case = WK__STORAGE_WRITE__KIND_PUT;
    put.put = &entry;
    what->unique_key = (char *)(uintptr_t) "first";
    what->id = actor_id(actor);
    what->begin = begin;
    what->end = end;
    what->writes = list;
    what->n_writes = 1;
    tool.ask_case = WK__STORAGE_TOOL__ASK_WRITE;
    tool.write = what;
    return tool;
}

Test(tool, a_replacement_evicts_the_actor_and_is_there_when_it_is_back)
{
    Wk__StorageToolWrite what;
    Wk__StorageTool tool;
    struct gate gate;
    uint32_t session;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    tool = change(&what, 1, true, true);
    session = tool_open(&tool);
    close_expect(gate.session, WK_EBROKEN);
    cr_expect_eq(reply_expect(session)->n_items, 0);
    close_expect(session, WK_OK);
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "new=9");
}

Test(tool, a_replacement_in_pieces_is_whole_or_nothing)
{
    Wk__StorageToolWrite what;
    Wk__StorageTool tool;
    WK_ENVELOPE(msg, STORAGE_TOOL, storage_tool, &tool);
    struct gate gate;
    uint32_t session;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    tool = change(&what, 1, true, false);
    session = tool_open(&tool);
    cr_expect(reply_expect(session)->more);
    fake_send_close(fk, session, WK_ECANCELED, NULL); /* never ends */
    cr_expect_str_eq(entries_text(1, read_keys(&gate, "a")->entries), "a=1");
    tool = change(&what, 1, true, false);
    session = tool_open(&tool);
    cr_expect(reply_expect(session)->more);
    tool = change(&what, 1, false, true);
    fake_send_msg(fk, session, &msg, 0);
    close_expect(gate.session, WK_EBROKEN);
    cr_expect_not(reply_expect(session)->more);
    close_expect(session, WK_OK);
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "new=9");
}

/* Until the daemon has deleted so many ranges: it does so when it finds the time. */
static void
ranges_deleted_await(uint64_t count)
{
    for (int i = 0; i < 10000 && counter("generationsDeleted") < count; i++)
        ;
    cr_expect_eq(counter("generationsDeleted"), count);
}

Test(tool, what_was_staged_goes_with_who_brought_it)
{
    Wk__StorageToolWrite what;
    Wk__StorageTool tool;
    struct gate gate;
    uint32_t session;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    tool = change(&what, 1, true, false);
    session = tool_open(&tool);
    cr_expect(reply_expect(session)->more);
    cr_expect_eq(list("first")->items[0]->entries, 1);
    fake_send_close(fk, session, WK_ECANCELED, NULL);
    ranges_deleted_await(1);
    session = tool_open(&tool);
    cr_expect(reply_expect(session)->more);
    storage_restart();
    ranges_deleted_await(1);
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=1");
}

Test(tool, an_actor_goes_on_while_its_replacement_comes_in)
{
    Wk__StorageToolWrite what;
    Wk__StorageTool tool;
    WK_ENVELOPE(msg, STORAGE_TOOL, storage_tool, &tool);
    struct gate gate;
    uint32_t session, second;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    tool = change(&what, 1, true, false);
    session = tool_open(&tool);
    cr_expect(reply_expect(session)->more);
    second = tool_open(&tool);
    cr_expect_str_eq(close_expect(second, WK_EINVAL)->message, "it is being written already");
    writes(&gate, "!a b=2 @4102444800000 ;");
    advance_expect(&gate, 2);
    cr_expect_str_eq(entries_text(1, read_keys(&gate, "new")->entries), "-new");
    tool = change(&what, 1, false, true);
    fake_send_msg(fk, session, &msg, 0);
    close_expect(gate.session, WK_EBROKEN);
    cr_expect_not(reply_expect(session)->more);
    close_expect(session, WK_OK);
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "new=9");
    cr_expect_eq(gate.start->alarm_ms_plus1, 0);
    writes(&gate, "! c=3 ;");
    advance_expect(&gate, 1);
    storage_restart();
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "c=3");
}

Test(tool, a_backup_can_be_opened)
{
    Wk__StorageTool tool = WK__STORAGE_TOOL__INIT;
    struct gate gate;
    char dir[128], command[256];

    store();
    snprintf(dir, sizeof(dir), "%s/backup", storage_dir);
    tool.ask_case = WK__STORAGE_TOOL__ASK_BACKUP_DIR;
    tool.backup_dir = dir;
    ask(&tool);
    gate = place(0, 2);
    writes(&gate, "later=1 ;");
    advance_expect(&gate, 1);
    storage_crash();
    snprintf(command, sizeof(command), "cd %s && rm -rf actors && mv backup actors",
             storage_dir);
    cr_assert_eq(system(command), 0);
    storage_launch();
    storage_configure_send((const struct ns_setup[]){{"first", DISK, false}}, 1, 0, 1);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_READY);
    gate = place(0, 2);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "c=3");
}

Test(tool, what_cannot_be_asked_is_refused_in_words)
{
    Wk__StorageToolWrite what;
    Wk__StorageToolDump other;
    Wk__StorageTool tool;
    uint32_t session;

    storage_start();
    tool = change(&what, 1, true, true);
    what.unique_key = (char *)(uintptr_t) "none";
    session = tool_open(&tool);
    cr_expect_str_eq(close_expect(session, WK_EINVAL)->message,
                     "there is no namespace of that key here");
    tool = change(&what, 1, false, true);
    session = tool_open(&tool);
    cr_expect_str_eq(close_expect(session, WK_EINVAL)->message, "it has not begun");
    tool = dump(&other, 1);
    session = tool_open(&tool);
    cr_expect(strstr(close_expect(session, WK_ENOTFOUND)->message, "nothing is stored") !=
              NULL);
    tool = dump(&other, 1);
    other.unique_key = (char *)(uintptr_t) "none";
    session = tool_open(&tool);
    cr_expect_str_eq(close_expect(session, WK_ENOTFOUND)->message,
                     "there is no namespace of that key here");
    tool = dump(&other, 1);
    other.id.len = 5;
    session = tool_open(&tool);
    close_expect(session, WK_EINVAL);
    wk__storage_tool__init(&tool);
    tool.ask_case = WK__STORAGE_TOOL__ASK_BACKUP_DIR;
    tool.backup_dir = (char *)(uintptr_t) "relative";
    session = tool_open(&tool);
    close_expect(session, WK_EINVAL);
    tool.ask_case = WK__STORAGE_TOOL__ASK_NEXT;
    tool.next = true;
    session = tool_open(&tool);
    close_expect(session, WK_EUNSUPPORTED);
}
