/* runtime/regexp/run_width.h - one PCRE2 library of the two; code.c includes it with WIDTH 8 and 32. */
#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define W(name) CAT(name, WIDTH)
#define UNIT CAT(PCRE2_UCHAR, WIDTH)

struct W(frame_) { /* of one match, or of a lookbehind's inside it */
    struct wk_regexp_form *form;
    const UNIT *chars;
    size_t count;
    size_t target; /* where the lookbehind has to end */
    size_t *searches_left;
};

static int W(on_callout_)(W(pcre2_callout_block_) * block, void *data);

/* Is there a start from which the lookbehind's pattern ends exactly here? 0: yes, 1: no. */
static int
W(search_behind_)(struct W(frame_) *frame, const struct wk_regexp_callout *callout, size_t here)
{
    struct wk_regexp_behind *behind = &frame->form->behinds[callout->behind];
    struct W(frame_) inner = *frame;
    size_t last = callout->length_max > here ? 0 : here - callout->length_max;

    inner.target = here;
    W(pcre2_set_callout_)(behind->match_context, W(on_callout_), &inner);
    for (size_t start = here - callout->length_min; callout->length_min <= here; start--) {
        int rc;

        if ((*frame->searches_left)-- == 0)
            return PCRE2_ERROR_MATCHLIMIT;
        rc = W(pcre2_match_)(behind->code, frame->chars, frame->count, start, PCRE2_ANCHORED,
                             behind->match_data, behind->match_context);
        if (rc >= 0)
            return 0;
        if (rc != PCRE2_ERROR_NOMATCH)
            return rc;
        if (start == last)
            break;
    }
    return 1;
}

/* Writes into the match's own vector. PCRE2's manual asks not to; its interpreter copies the vector
 * with every backtracking point, so that what is written here is undone exactly when it should be.
 * tests/js/regexp_captures.test.ts holds it to that. */
static int
W(on_callout_)(W(pcre2_callout_block_) * block, void *data)
{
    struct W(frame_) *frame = data;
    const struct wk_regexp_callout *callout;
    size_t *vector = block->offset_vector, here = block->current_position;
    int rc;

    if (block->callout_number == WK_RE_CALLOUT_BEHIND_END)
        return here != frame->target;
    callout = &frame->form->text.callouts[block->callout_number];
    switch (callout->kind) {
    case WK_RE_LOOP_BEGIN:
        vector[2 * callout->group + 1] = 0;
        return 0;
    case WK_RE_PASS_BEGIN:
        if (callout->group != 0) {
            vector[2 * callout->group] = here;
            vector[2 * callout->group + 1]++;
        }
        for (uint32_t i = callout->clear_first; i < callout->clear_end && i < block->capture_top; i++)
            vector[2 * i] = vector[2 * i + 1] = PCRE2_UNSET;
        return 0;
    case WK_RE_PASS_END:
        return vector[2 * callout->group + 1] > callout->passes_min &&
               vector[2 * callout->group] == here;
    case WK_RE_BEHIND:
        rc = W(search_behind_)(frame, callout, here);
        return rc < 0 ? rc : rc ^ callout->negate;
    }
    return 0;
}

static int
W(run_)(struct wk_regexp_state *state, struct wk_regexp_form *form, const UNIT *chars, size_t count,
        size_t start, uint32_t options, const size_t **vector)
{
    size_t searches_left = WK_REGEXP_STEPS_MAX / 16;
    struct W(frame_) frame = {form, chars, count, 0, &searches_left};
    uint32_t groups = form->text.groups + 1;
    int rc;

    if (W(state->data_) == NULL || W(state->groups_) < groups) {
        W(pcre2_match_data_free_)(W(state->data_));
        W(state->groups_) = groups < 16 ? 16 : groups;
        W(state->data_) = W(pcre2_match_data_create_)(W(state->groups_), W(state->general_));
        if (W(state->data_) == NULL)
            return PCRE2_ERROR_NOMEMORY;
    }
    W(pcre2_set_callout_)(W(state->match_), form->text.callout_count > 0 ? W(on_callout_) : NULL, &frame);
    rc = W(pcre2_match_)(form->code, chars, count, start, options, W(state->data_), W(state->match_));
    *vector = W(pcre2_get_ovector_pointer_)(W(state->data_));
    return rc;
}

/* The frames of an expensive match are not kept for the cheap ones after it. */
static void
W(drop_data_)(struct wk_regexp_state *state)
{
    W(pcre2_match_data_free_)(W(state->data_));
    W(state->data_) = NULL;
}

/* 0, or PCRE2's error. */
static int
W(compile_text_)(struct wk_regexp_state *state, struct wk_buf *text, uint32_t options, void **out)
{
    UNIT *pattern = wk_xcalloc(text->len + 1, sizeof(*pattern));
    PCRE2_SIZE at;
    int error;

    for (size_t i = 0; i < text->len; i++)
        pattern[i] = (unsigned char)text->data[i];
    *out = W(pcre2_compile_)(pattern, text->len, options, &error, &at, W(state->compile_));
    free(pattern);
    wk_buf_fini(text);
    return *out != NULL ? 0 : error;
}

static void
W(form_free_)(struct wk_regexp_form *form)
{
    W(pcre2_code_free_)(form->code);
    for (uint32_t i = 0; i < form->text.behind_count; i++) {
        W(pcre2_code_free_)(form->behinds[i].code);
        W(pcre2_match_data_free_)(form->behinds[i].match_data);
        W(pcre2_match_context_free_)(form->behinds[i].match_context);
    }
    wk_regexp_text_fini(&form->text);
    memset(form, 0, sizeof(*form));
}

/* 0, or PCRE2's error; the form is then empty. */
static int
W(form_compile_)(struct wk_regexp_state *state, struct wk_regexp_form *form)
{
    struct wk_regexp_text *text = &form->text;
    int error = W(compile_text_)(state, &text->text, text->options, &form->code);

    for (uint32_t i = 0; i < text->behind_count && error == 0; i++) {
        struct wk_regexp_behind *b = &form->behinds[i];

        if ((error = W(compile_text_)(state, &text->behinds[i], text->options, &b->code)) != 0)
            break;
        b->match_data = W(pcre2_match_data_create_from_pattern_)(b->code, W(state->general_));
        b->match_context = W(pcre2_match_context_copy_)(W(state->match_));
        if (b->match_data == NULL || b->match_context == NULL)
            error = PCRE2_ERROR_HEAP_FAILED;
    }
    if (error == 0)
        form->state = WK_RE_FORM_READY;
    else
        W(form_free_)(form);
    return error;
}

static bool
W(contexts_new_)(struct wk_regexp_state *state)
{
    W(state->general_) = W(pcre2_general_context_create_)(memory_alloc, memory_free, state);
    W(state->compile_) = W(pcre2_compile_context_create_)(W(state->general_));
    W(state->match_) = W(pcre2_match_context_create_)(W(state->general_));
    if (W(state->general_) == NULL || W(state->compile_) == NULL || W(state->match_) == NULL)
        return false;
    W(pcre2_set_parens_nest_limit_)(W(state->compile_), WK_REGEXP_DEPTH_MAX * 4);
    W(pcre2_set_match_limit_)(W(state->match_), WK_REGEXP_STEPS_MAX);
    W(pcre2_set_heap_limit_)(W(state->match_), WK_REGEXP_FRAMES_KB_MAX);
    return true;
}

static void
W(contexts_free_)(struct wk_regexp_state *state)
{
    W(drop_data_)(state);
    W(pcre2_match_context_free_)(W(state->match_));
    W(pcre2_compile_context_free_)(W(state->compile_));
    W(pcre2_general_context_free_)(W(state->general_));
}
#undef CAT2
#undef CAT
#undef W
#undef UNIT
