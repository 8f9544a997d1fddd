/* Actors in one isolate: ids, stubs, calls, instances, breaking, idleness, alarms. What callers
 * hear is what the peer says for the same worker (worker.js). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/isolate/isolate_priv.h"
#include "runtime/sql/sql.h"
#include "tests/support/loopback.h"

static void
setup(void)
{
    loopback_cpu_limit_ms = 300;
    loopback_init(WORKER);
}

TestSuite(actors, .init = setup, .timeout = 60);

static void
expect_json(const char *path, const char *want)
{
    struct loopback_answer answer;

    loopback_get(path, &answer);
    cr_expect_eq(answer.status, 200, "%s: %s", path,
                 answer.error.data != NULL ? answer.error.data : "");
    cr_expect_str_eq(answer.body.data != NULL ? answer.body.data : "", want);
    loopback_answer_fini(&answer);
}

/* Asks for what the answer is not looked at. */
static void
ask(const char *path)
{
    struct loopback_answer answer;

    loopback_get(path, &answer);
    cr_assert_eq(answer.status, 200, "%s: %s", path,
                 answer.error.data != NULL ? answer.error.data : "");
    loopback_answer_fini(&answer);
}

static void
pass_ms(uint64_t ms)
{
    loopback_run(wk_now_ms() + ms);
}

#define FOO "0a5fa683f76e6adc0ba4b4cd3a2464077234372be78f12e31c155b008fc7d1c5"
#define NO_JURISDICTIONS                                                                       \
    "{\"name\":\"Error\",\"message\":\"Jurisdiction restrictions are not implemented in "      \
    "workerd.\"}"
#define BAD_ID(verb, type)                                                                     \
    "{\"name\":\"TypeError\",\"message\":\"Failed to execute '" verb                           \
    "' on 'DurableObjectNamespace': parameter 1 is not of type '" type "'.\"}"

Test(actors, ids_are_those_of_the_peer_and_bad_ones_are_refused_in_its_words)
{
    expect_json(
        "/ids",
        "[\"" FOO
        "\",\"8629344695940578551a9f55a3eb3f03177f12a6fd3ec7e1093daecd477b5802\",\"foo\","
        "\"undefined\",true,"
        "{\"name\":\"TypeError\",\"message\":\"Invalid Durable Object ID: must be 64 hex "
        "digits\"},"
        "{\"name\":\"TypeError\",\"message\":\"Durable Object ID is not valid for this "
        "namespace.\"}," BAD_ID(
            "idFromName",
            "string") "," NO_JURISDICTIONS
                      ",\"undefined\",false," BAD_ID(
                          "get",
                          "DurableObjectId") ",{\"name\":\"RangeError\",\"message\":\"unknown "
                                             "routingMode: x\"}," NO_JURISDICTIONS
                                             ",[\"name\",\"id\"],\"[object "
                                             "DurableObjectId]\"]");
}

#define BAD_LENGTH                                                                             \
    "{\"name\":\"TypeError\",\"message\":\"Actor ID length must be in the range [1, 2048].\"}"

Test(actors, ephemeral_ones_have_texts_for_ids_and_no_storage)
{
    expect_json("/ephemeral", "[[\"string\",\"abc\",\"undefined\"]," BAD_LENGTH "," BAD_LENGTH
                              ",[],\"undefined\"]");
}

Test(actors, an_instance_is_made_once_and_kept)
{
    expect_json("/count", "[\"1\",\"2\",1]");
    cr_expect_eq(loopback_counts()->placed, 1);
}

#define MISSING(name)                                                                          \
    "{\"name\":\"TypeError\",\"message\":\"The RPC receiver does not implement the method "    \
    "\\\"" name "\\\".\",\"remote\":true}"
#define UNSERIALIZABLE                                                                         \
    "{\"name\":\"DataCloneError\",\"message\":\"Could not serialize object of type "           \
    "\\\"Counted\\\". This type "                                                              \
    "does not support serialization.\""

Test(actors, what_one_answers_is_read_in_every_way)
{
    expect_json("/bodies", "[\"1\",2,[51],[52],\"5\",[\"6\",\"6\"],[true,55,true],{\"name\":"
                           "\"TypeError\",\"message\":\"Body has already been "
                           "used. It can only be used once. Use tee() first if you need to "
                           "read it twice.\"},\"9\",\"10\",\"11\"]");
}

Test(actors, a_stub_calls_methods_of_the_class_and_nothing_else)
{
    expect_json("/rpc", "[2,2,[\"" FOO
                        "\",\"foo\",{}]," MISSING("missing") "," MISSING("own") "," MISSING(
                            "ctx") ",{\"name\":\"TypeError\",\"message\":\"\\\"value\\\" is "
                                   "not a function.\",\"remote\":true},"
                                   "{\"name\":\"TypeError\",\"message\":\"'alarm' is a "
                                   "reserved method and cannot be called "
                                   "over RPC.\",\"remote\":true},false,\"undefined\","
                                   "\"{\\\"name\\\":\\\"foo\\\",\\\"id\\\":{\\\"name\\\":"
                                   "\\\"foo\\\"}}\",\"function\","
                                   "\"[object JsRpcProperty]\",false,"
                                   "{\"name\":\"RangeError\",\"message\":\"from a "
                                   "method\",\"code\":1,\"durableObjectId\":\"" FOO
                                   "\",\"remote\":true},\"DataCloneError\"," UNSERIALIZABLE
                                   "}," UNSERIALIZABLE ",\"remote\":true},\"foo\",4]");
}

#define WRONG_COUNT                                                                            \
    "{\"name\":\"TypeError\",\"message\":\"Attempted to call RPC function \\\"twice\\\" with " \
    "the wrong number of "                                                                     \
    "arguments. When calling a top-level handler function that is not declared as part of a "  \
    "class, you must "                                                                         \
    "always send exactly one argument. In order to support variable numbers of arguments, "    \
    "the server must "                                                                         \
    "use class-based syntax (extending WorkerEntrypoint) instead.\",\"remote\":true}"

Test(actors, a_service_binding_calls_functions_of_a_plain_export_with_one_argument)
{
    expect_json("/plain", "[[8,\"object\",\"function\"]," WRONG_COUNT "," WRONG_COUNT
                          "," MISSING("none") "]");
}

Test(actors, calls_of_one_stub_arrive_in_their_order)
{
    expect_json("/order", "[\"a\",\"b\",\"c\",\"slow\"]");
}

Test(actors, what_a_constructor_blocks_keeps_its_own_event_waiting_first)
{
    expect_json("/blocked", "[\"begin\",\"end\",\"first\",\"second\"]");
}

#define RESET(name, message)                                                                   \
    "{\"name\":\"" name "\",\"message\":\"" message "\",\"durableObjectReset\":true}"
#define RESET_REMOTE(name, message)                                                            \
    "{\"name\":\"" name "\",\"message\":\"" message                                            \
    "\",\"remote\":true,\"durableObjectReset\":true}"
#define ABORTED "Application called abort() to reset Durable Object."

Test(actors, errors_reach_the_caller_as_the_peer_words_them_and_nothing_runs_after_a_break)
{
    expect_json(
        "/errors",
        "[{\"name\":\"TypeError\",\"message\":\"thrown\",\"code\":7,\"remote\":true}"
        "," RESET_REMOTE("Error", "enough") ",1," RESET("RangeError", "no bad") "," RESET_REMOTE(
            "RangeError",
            "no bad") "," RESET("Error",
                                "critical") "," RESET("TypeError",
                                                      "inside") "," RESET("Error",
                                                                          ABORTED) ",false]");
}

Test(actors, a_stub_of_a_broken_instance_stays_broken_and_a_new_one_works)
{
    expect_json("/sticky", "[1," RESET("Error", ABORTED) "," RESET("Error", ABORTED) "," RESET(
                               "Error", ABORTED) ",1]");
    cr_expect_eq(loopback_counts()->placed, 2);
    cr_expect_eq(loopback_counts()->ended, 1);
    cr_expect_eq(loopback_counts()->last_end, WK_EBROKEN);
    cr_expect_str_eq(loopback_counts()->last_error, "Error: " ABORTED);
}

Test(actors, calls_that_wait_end_with_the_error_that_broke_the_instance)
{
    expect_json("/pending", RESET("Error", ABORTED));
}

/* ---- large arguments and results ---- */

Test(actors, calls_of_a_stub_keep_their_order_whatever_their_size)
{
    expect_json(
        "/large",
        "[[true,true,true,true,true],[\"a700000\",\"b1\",\"c70000\",\"d3000000\",\"e5\"]]");
}

Test(actors, what_waits_behind_arguments_whose_actor_broke_fails_with_it)
{
    expect_json("/large-lost",
                "[1,[" RESET("Error", ABORTED) "," RESET("Error", ABORTED) "," RESET(
                    "Error", ABORTED) "]," RESET("Error", ABORTED) "]");
}

Test(actors, more_than_32_mib_is_an_error_where_it_is_sent)
{
    expect_json("/large-much",
                "[{\"name\":\"Error\",\"message\":\"Serialized RPC arguments or return values "
                "are limited to "
                "32MiB, but the size of this value was: 33554444 bytes.\"},33554425,"
                "{\"name\":\"Error\",\"message\":\"Serialized RPC arguments or return values "
                "are limited to "
                "32MiB, but the size of this value was: 33554433 bytes.\",\"remote\":true},1]");
}

Test(actors, what_waits_to_be_sent_is_bounded)
{
#define SIZE "33000000"
    expect_json("/large-queue", "[[" SIZE "," SIZE "," SIZE "," SIZE "," SIZE "," SIZE "," SIZE
                                "," SIZE ",\"Too much waits to be sent.\"]," SIZE "]");
}

static wk_err
call_in_pieces(uint64_t announced, size_t first, size_t second)
{
    const size_t pieces[] = {first, second};
    struct loopback_answer answer;
    wk_err code;

    loopback_call_in_pieces(announced, pieces, 2, &answer);
    cr_expect(answer.done);
    code = answer.code;
    loopback_answer_fini(&answer);
    return code;
}

Test(actors, arguments_that_are_not_what_was_announced_are_refused)
{
    cr_expect_eq(call_in_pieces(70000, 40000, 30000),
                 WK_EEXCEPTION); /* there is no such method */
    cr_expect_eq(call_in_pieces(70000, 40000, 30001), WK_EPROTO);
    cr_expect_eq(call_in_pieces(70000, 70001, 0), WK_EPROTO);
    cr_expect_eq(call_in_pieces(70000, 40000, 0), WK_EPROTO);
    cr_expect_eq(call_in_pieces((32u << 20) + 1, 40000, 0), WK_EPROTO);
    cr_expect_eq(call_in_pieces(UINT64_MAX, 40000, 0), WK_EPROTO);
    ask("/rpc"); /* all goes on */
}

Test(actors, sixty_four_sections_may_be_nested)
{
    expect_json("/nested", "{\"name\":\"Error\",\"message\":\"blockConcurrencyWhile() calls "
                           "are nested too deeply.\"}");
}

Test(actors, what_a_turn_writes_leaves_once_and_before_what_it_says)
{
    ask("/storage");
    cr_expect_str_eq(loopback_counts()->order, "CWR");
}

Test(actors, a_call_in_the_middle_of_a_turn_leaves_behind_all_that_the_turn_writes)
{
    ask("/writes");
    cr_expect_str_eq(loopback_counts()->order, "CWCRR");
    cr_expect_eq(loopback_counts()->writes, 2);
}

Test(actors, what_an_actor_said_before_it_broke_waits_for_writes_that_are_never_complete)
{
    ask("/breaks");
    cr_expect_eq(strncmp(loopback_counts()->order, "CUC", 3), 0, "%s",
                 loopback_counts()->order);
}

Test(actors, what_an_actor_says_inside_transaction_sync_leaves_after_all_that_it_writes_there)
{
    ask("/sync");
    cr_expect_str_eq(loopback_counts()->order, "CWCRR");
    ask("/sync/sync");
    cr_expect_str_eq(loopback_counts()->order, "CWCRRCWCRR");
}

Test(actors, what_is_undone_holds_nothing_back)
{
    ask("/sync/throw");
    cr_expect_str_eq(loopback_counts()->order, "CCRR");
}

Test(actors, what_an_actor_says_before_it_breaks_inside_transaction_sync_never_leaves)
{
    ask("/sync/abort");
    cr_expect_eq(strncmp(loopback_counts()->order, "CUC", 3), 0, "%s",
                 loopback_counts()->order);
    cr_expect_eq(loopback_counts()->writes, 0);
}

Test(actors, an_actor_may_call_another)
{
    expect_json("/chain", "[2,\"1\"]");
    cr_expect_eq(loopback_counts()->placed, 3);
}

Test(actors, one_that_spins_ends_and_the_others_go_on)
{
    const char over[] =
        RESET("Error", "Durable Object exceeded its CPU time limit and was reset.");
    struct loopback_answer answer;

    loopback_get("/spin", &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect(strstr(answer.body.data, "exceeded its CPU time limit and was reset.") != NULL,
              "%s, not %s", answer.body.data, over);
    cr_expect(strstr(answer.body.data, ",1]") != NULL, "%s", answer.body.data);
    loopback_answer_fini(&answer);
}

/* ---- idleness ---- */

Test(actors, one_is_offered_ten_seconds_after_its_last_event)
{
    ask("/touch");
    pass_ms(9000);
    cr_expect_eq(loopback_counts()->offers, 0);
    pass_ms(3500); /* idle ones are looked for once a second */
    cr_expect_eq(loopback_counts()->offers, 1);
}

Test(actors, one_that_is_never_let_go_gives_back_its_database_when_it_is_idle)
{
    size_t idle;

    ask("/fill");
    cr_expect_gt(wk_sql_bytes_total(), 1000000);
    pass_ms(9000);
    cr_expect_gt(wk_sql_bytes_total(), 1000000);
    pass_ms(3500);
    idle = wk_sql_bytes_total();
    cr_expect_lt(idle, 100000);
    cr_expect_eq(loopback_counts()->offers, 0);
    cr_expect_eq(loopback_counts()->ended, 0);
    ask("/fill/timed"); /* another instance of the isolate's memory: it fills again */
    cr_expect_gt(wk_sql_bytes_total(), 1000000);
    pass_ms(12500);
    cr_expect_lt(wk_sql_bytes_total(), 100000);
}

Test(actors, an_event_puts_the_offer_off)
{
    ask("/touch");
    pass_ms(6000);
    ask("/touch");
    pass_ms(6000);
    cr_expect_eq(loopback_counts()->offers, 0);
    pass_ms(7000);
    cr_expect_eq(loopback_counts()->offers, 1);
}

Test(actors, what_waitUntil_keeps_puts_the_offer_off)
{
    ask("/keep");
    pass_ms(35000);
    cr_expect_eq(loopback_counts()->offers, 0);
    pass_ms(10000);
    cr_expect_eq(loopback_counts()->offers, 1);
}

Test(actors, timers_keep_one_for_seventy_seconds_after_its_last_event)
{
    ask("/every");
    pass_ms(65000);
    cr_expect_eq(loopback_counts()->offers, 0);
    pass_ms(10000);
    cr_expect_geq(loopback_counts()->offers, 1);
}

Test(actors, a_cleared_timer_keeps_nothing)
{
    ask("/every");
    pass_ms(20000);
    ask("/stop");
    pass_ms(13000);
    cr_expect_eq(loopback_counts()->offers, 1);
}

Test(actors, those_without_anything_under_way_may_leave)
{
    struct wk_actor **leaving;

    ask("/touch");
    cr_expect_eq(wk_isolate_leaving(loopback_isolate(), &leaving), 1);
    cr_expect_eq(wk_isolate_actor_events(leaving[0]), 1);
    free(leaving);
    ask("/keep");
    cr_expect_eq(wk_isolate_leaving(loopback_isolate(), &leaving), 0);
    free(leaving);
}

Test(actors, an_instance_that_ends_leaves_nothing_for_the_collector)
{
    struct wk_actor **leaving;
    size_t with, after;

    ask("/touch");
    with = wk_isolate_heap_bytes(loopback_isolate());
    cr_assert_eq(wk_isolate_leaving(loopback_isolate(), &leaving), 1);
    loopback_forget();
    wk_actor_closed(leaving[0], WK_OK, NULL);
    free(leaving);
    after = wk_isolate_heap_bytes(loopback_isolate());
    cr_expect_lt(after + 1000, with, "%zu of %zu bytes are left", after, with);
}

static size_t
heap_after_many(void)
{
    struct wk_actor **leaving;
    size_t count;

    expect_json("/many", "200");
    count = wk_isolate_leaving(loopback_isolate(), &leaving);
    cr_assert_eq(count, 200);
    loopback_forget();
    for (size_t i = 0; i < count; i++)
        wk_actor_closed(leaving[i], WK_OK, NULL);
    free(leaving);
    pass_ms(25000); /* nobody looks whether they are idle any more */
    return wk_isolate_heap_bytes(loopback_isolate());
}

Test(actors, tables_that_grew_for_many_shrink_and_grow_again)
{
    struct wk_isolate *isolate = loopback_isolate();
    size_t grown, first;

    grown = heap_after_many();
    cr_expect_geq(isolate->cap, 256);
    wk_isolate_ebb(isolate);
    cr_expect_eq(isolate->cap, 64);
    first = wk_isolate_heap_bytes(isolate);
    cr_expect_lt(first + 3000, grown, "%zu of %zu bytes are left", first, grown);
    for (size_t i = 0; i < 4; i++) {
        heap_after_many();
        wk_isolate_ebb(isolate);
    }
    cr_expect_leq(wk_isolate_heap_bytes(isolate), first + 1000); /* not a byte an actor */
    expect_json("/touch", "1");
}

Test(actors, the_number_of_an_exchange_does_not_come_back_when_the_table_grows_again)
{
    struct wk_isolate *isolate = loopback_isolate();
    struct wk_exchange *now[200];
    uint32_t before[200];

    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < WK_COUNT(now); i++) {
            now[i] = wk_exchange_new(isolate, NULL, false);
            for (size_t j = 0; round > 0 && j < WK_COUNT(before); j++)
                cr_assert_neq(now[i]->id, before[j]);
        }
        for (size_t i = 0; i < WK_COUNT(now); i++) {
            cr_assert_eq(wk_exchange_find(isolate, now[i]->id), now[i]);
            before[i] = now[i]->id;
        }
        for (size_t i = 0; i < WK_COUNT(now); i++)
            wk_exchange_free(now[i]);
        cr_expect_eq(wk_exchanges_shrink(isolate), 64);
    }
}

Test(actors, a_table_shrinks_no_further_than_what_is_in_it)
{
    struct wk_isolate *isolate = loopback_isolate();
    struct wk_exchange *made[200];

    for (size_t i = 0; i < WK_COUNT(made); i++)
        made[i] = wk_exchange_new(isolate, NULL, false);
    for (size_t i = 0; i < WK_COUNT(made); i++)
        if (i != 100)
            wk_exchange_free(made[i]);
    cr_expect_eq(wk_exchanges_shrink(isolate), 128);
    cr_expect_eq(wk_exchange_find(isolate, made[100]->id), made[100]);
    cr_expect_eq(isolate->free_count, 127);
    wk_exchange_free(made[100]);
}

/* ---- alarms ---- */

static struct wk_alarm_result
alarm_after(const char *path, uint64_t scheduled_ms)
{
    struct wk_alarm_result result = {.outcome = WK_ALARM_TIMED_OUT, .incarnation = 0};

    ask(path);
    cr_assert(loopback_alarm("al", scheduled_ms, &result));
    return result;
}

Test(actors, an_alarm_that_succeeds_is_gone_and_was_so_in_its_handler)
{
    struct wk_alarm_result result = alarm_after("/alarm", 4102444800000);

    cr_expect_eq(result.outcome, WK_ALARM_OK);
    cr_expect_eq(result.retry, false);
    cr_expect_eq(result.incarnation, 1);
    expect_json("/log", "[[\"alarm\",0,false,null]]");
    expect_json("/alarm/set", "null");
}

Test(actors, an_alarm_that_throws_stays_and_is_retried)
{
    struct wk_alarm_result result = alarm_after("/alarm/throw", 4102444800000);

    cr_expect_eq(result.outcome, WK_ALARM_EXCEPTION);
    cr_expect(result.retry && result.counted);
    expect_json("/alarm/set", "4102444800000");
}

Test(actors, an_alarm_of_another_time_is_canceled)
{
    struct wk_alarm_result result = alarm_after("/alarm", 12345);

    cr_expect_eq(result.outcome, WK_ALARM_CANCELED);
    cr_expect_eq(result.retry, false);
    expect_json("/log", "[]");
}

Test(actors, an_alarm_that_aborts_may_ask_not_to_be_retried)
{
    struct wk_alarm_result result = alarm_after("/alarm/abort", 4102444800000);

    cr_expect_eq(result.outcome, WK_ALARM_ABORTED);
    cr_expect_eq(result.retry, false);
    cr_expect_eq(loopback_counts()->ended, 1);
}

Test(actors, an_alarm_may_take_a_quarter_of_an_hour)
{
    struct wk_alarm_result result = alarm_after("/alarm/long", 4102444800000);

    pass_ms(16 * 60 * 1000);
    cr_expect_eq(loopback_counts()->ended, 1);
    cr_expect_str_eq(loopback_counts()->last_error,
                     "Error: Alarm exceeded its allowed execution time");
    (void)result;
}
