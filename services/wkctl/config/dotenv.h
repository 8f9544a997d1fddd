/* services/wkctl/config/dotenv.h - reads KEY=value files, as .dev.vars is one. Thread: any. */
#ifndef WK_CONFIG_DOTENV_H
#define WK_CONFIG_DOTENV_H

/* line is where the name stood, from 1. Both texts are borrowed until fn returns. */
typedef void wk_dotenv_fn(void *arg, const char *name, const char *value, int line);
/* Calls fn for each assignment, in order; a later one of the same name is to win. */
void wk_dotenv_read(const char *text, wk_dotenv_fn *fn, void *arg);
#endif
