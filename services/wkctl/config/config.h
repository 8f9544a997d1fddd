/* services/wkctl/config/config.h - one Config out of whatever the person wrote it in.
 *
 * Readers for Wrangler projects (wrangler.jsonc, .json, .toml), for the peer's Cap'n Proto
 * files
 * (.capnp, .wd-test) and for a single module (worker.ts). Then the flags of the command line
 * are applied and everything that can be seen without starting is checked. Thread: any. */
#ifndef WK_CONFIG_CONFIG_H
#define WK_CONFIG_CONFIG_H
#include "proto/config.pb-c.h"
#include "services/wkctl/config/diag.h"
#include "services/wkctl/config/opts.h"

/* Reads opts->paths. *out is the caller's (wk__config__free_unpacked(*out, NULL)), NULL on
 * failure. Errors: WK_EINVAL, and diags has at least one error; diags may have warnings in any
 * case. */
wk_err wk_config_load(const struct wk_config_opts *opts, Wk__Config **out,
                      struct wk_diag_list *diags);

/* wkctl check: loads without keeping. Adds to report what to print: a line per finding and a
 * summary, or with json {"ok", "errors": [{file, line, column, key, text}], "warnings": [...]}.
 * Returns the exit code: 0, or 1 if there was an error. */
int wk_config_check(const struct wk_config_opts *opts, bool json, struct wk_buf *report);

/* The whole of a Config as indented JSON, sources shortened to their length. For debugging. */
void wk_config_dump_json(const Wk__Config *config, struct wk_buf *out);
/* The findings as the JSON above, on one line. */
void wk_diag_json(const struct wk_diag_list *diags, struct wk_buf *out);
#endif
