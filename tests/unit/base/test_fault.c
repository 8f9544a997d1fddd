#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include "kernel/base/fault.h"

static void
faults(const char *text)
{
    setenv("WK_FAULT", text, 1);
    wk_fault_reset();
}

Test(fault, a_place_without_one_is_passed)
{
    faults("");
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
}

Test(fault, the_nth_time_only)
{
    faults("D.other:error,D.seal:error:3");
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
    cr_expect_eq(wk_fault_at("D.seal"), WK_EIO);
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
    cr_expect_eq(wk_fault_at("D.other"), WK_EIO);
    cr_expect_eq(wk_fault_at("D.other"), WK_EIO);
}

Test(fault, a_delay_waits)
{
    uint64_t before = wk_now_ms();

    faults("D.seal:delay_ms:30:1");
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
    cr_expect_geq(wk_now_ms() - before, 29);
}

Test(fault, kill_ends_the_process, .signal = SIGKILL)
{
    faults("D.seal:kill:2");
    wk_fault_at("D.seal");
    wk_fault_at("D.seal");
}

Test(fault, nonsense_is_no_fault)
{
    faults("D.seal,D.seal:explode,:,x:kill:,,");
    cr_expect_eq(wk_fault_at("D.seal"), WK_OK);
}

Test(fault, a_mutant_has_a_name)
{
    setenv("WK_MUTANT", "gate_early", 1);
    cr_expect(wk_fault_mutant("gate_early"));
    cr_expect_not(wk_fault_mutant("gate"));
}
