/* services/wkctl/load.h - from the command line to a configuration that can be deployed, and to
 * a person what became of it.
 *
 * Thread: main. */
#ifndef WK_WKCTL_LOAD_H
#define WK_WKCTL_LOAD_H
#include <stdio.h>
#include "services/wkctl/client.h"
#include "services/wkctl/config/config.h"
#include "services/wkctl/wkctl.h"

/* A flag of a command that takes configuration flags too. */
struct wk_flag {
    const char *name;   /* "--detach" */
    char letter;        /* 0: none */
    bool *set;          /* what it sets, or */
    const char **value; /* what takes its value; both NULL: a flag that changes nothing here */
    bool ignore_value;  /* it has a value, which changes nothing here */
};

/* Reads all arguments: the command's own flags (flags ends with {0}), --help, and what
 * wk_config_opts_take knows. A second word goes to *second if that is not NULL.
 * -1: go on; otherwise the exit code to end with, everything having been said. */
int wk_load_args(const struct wk_command *command, int argc, char **argv,
                 const struct wk_flag *flags, struct wk_config_opts *opts, const char **second);

/* The directory that the target lies in: the project, or the directory of the file. The caller
 * frees. */
char *wk_load_base(const struct wk_config_opts *opts);

/* Reads the configuration and prints its findings, to standard error for a person, to standard
 * output as one JSON object if json. NULL if it has errors; else the caller frees it with
 * wk__config__free_unpacked(config, NULL). */
Wk__Config *wk_load(const struct wk_config_opts *opts, bool json);

/* Reads the configuration only to print its findings and how many there are. True: no errors.
 */
bool wk_load_check(const struct wk_config_opts *opts, FILE *to);

/* Asks the kernel to run config. */
void wk_deploy_send(struct wk_client *client, const Wk__Config *config, bool watch,
                    wk_reply_fn *on_reply, void *arg);
/* Prints the errors and warnings of a deployment and, if it failed, why. */
void wk_deploy_explain(const struct wk_reply *reply, const json_t *facts);
/* What a client connects to: "http://127.0.0.1:8787", "unix:/path". The caller frees. */
char *wk_socket_url(const char *address);
#endif
