/*
 * The echo cancellers that others have, as measuring sticks: a program of its own for tests and benches, never linked into the
 * box and never in its image. OSLEC and MG2 (GPL-2) are compiled from Debian's dahdi-source under target/, Speex (BSD) and
 * SpanDSP (LGPL-2.1) are Debian's libraries.
 *
 *   dsp_peer clean WHICH TAPS [nlp]   pairs of s16 at 8 kHz in (what went out, what came back); one s16 a pair out
 *   dsp_peer cost WHICH TAPS LANES    stdin: a count of pairs (4 octets), the pairs, then one octet a round; for each round
 *                                     all pairs go through each of LANES cancellers, in turn after 20 ms, and the nanoseconds
 *                                     of processor time are told, a line a round
 *
 * WHICH: oslec, oslec-kernel (as a kernel module is compiled: no vectors), mg2, speex (blocks of 2 ms), speex-20ms, spandsp
 * (prints a line for each sample, so its cost says nothing). What is little-endian is so on this machine.
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <spandsp.h>
#include <speex/speex_echo.h>

#include "kernel.h"

#define FRAME 160                       /* 20 ms */
#define RATE 8000
#define LANES_MAX 4096                  /* far above the 480 timeslots of sixteen E1 */
#define PAIRS_MAX (RATE * 3600)         /* an hour */

/* OSLEC's flags, by its oslec.h. */
enum { OSLEC_ADAPTION = 0x01, OSLEC_NLP = 0x02, OSLEC_CLIP = 0x08, OSLEC_TX_HPF = 0x10, OSLEC_RX_HPF = 0x20 };

void *oslec_create(int len, int mode);
int16_t oslec_update(void *state, int16_t tx, int16_t rx);
void *oslec_kernel_create(int len, int mode);
int16_t oslec_kernel_update(void *state, int16_t tx, int16_t rx);

struct canceller {
    const char *name;
    void *(*create)(int taps, int nlp);
    void (*frame)(void *state, const int16_t *far, const int16_t *rx, int16_t *clean);
};

static const struct dahdi_echocan_factory *factory;

int dahdi_register_echocan_factory(const struct dahdi_echocan_factory *registered)
{
    factory = registered;
    return 0;
}

void dahdi_unregister_echocan_factory(const struct dahdi_echocan_factory *registered)
{
    (void) registered;
}

static void fail(const char *why)
{
    fprintf(stderr, "dsp_peer: %s\n", why);
    exit(2);
}

/* As DAHDI asks for it, but for the suppressor, which the caller chooses, and without high-passes, which others lack. */
static int oslec_mode(int nlp)
{
    return OSLEC_ADAPTION | (nlp ? OSLEC_NLP | OSLEC_CLIP : 0);
}

static void *create_oslec(int taps, int nlp)
{
    return oslec_create(taps, oslec_mode(nlp));
}

static void frame_oslec(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    for (int at = 0; at < FRAME; at++)
        clean[at] = oslec_update(state, far[at], rx[at]);
}

static void *create_oslec_kernel(int taps, int nlp)
{
    return oslec_kernel_create(taps, oslec_mode(nlp));
}

static void frame_oslec_kernel(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    for (int at = 0; at < FRAME; at++)
        clean[at] = oslec_kernel_update(state, far[at], rx[at]);
}

static void *create_mg2(int taps, int nlp)
{
    struct dahdi_echocanparams params = { .tap_length = taps };
    struct dahdi_echocan_state *state = NULL;

    if (factory == NULL)
        dahdi_module_start();
    if (factory->echocan_create(NULL, &params, NULL, &state) != 0)
        return NULL;
    state->ops->echocan_NLP_toggle(state, nlp);
    return state;
}

static void frame_mg2(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    struct dahdi_echocan_state *mg2 = state;

    memcpy(clean, rx, FRAME * sizeof(*clean));
    mg2->ops->echocan_process(mg2, clean, far, FRAME);
}

static void *create_speex_by(int block, int taps)
{
    int rate = RATE;
    SpeexEchoState *state = speex_echo_state_init(block, taps);

    speex_echo_ctl(state, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    return state;
}

static void *create_speex(int taps, int nlp)
{
    (void) nlp;
    return create_speex_by(16, taps);
}

static void frame_speex(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    for (int at = 0; at < FRAME; at += 16)
        speex_echo_cancellation(state, rx + at, far + at, clean + at);
}

static void *create_speex_20ms(int taps, int nlp)
{
    (void) nlp;
    return create_speex_by(FRAME, taps);
}

static void frame_speex_20ms(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    speex_echo_cancellation(state, rx, far, clean);
}

static void *create_spandsp(int taps, int nlp)
{
    return echo_can_init(taps, ECHO_CAN_USE_ADAPTION | (nlp ? ECHO_CAN_USE_NLP : 0));
}

static void frame_spandsp(void *state, const int16_t *far, const int16_t *rx, int16_t *clean)
{
    for (int at = 0; at < FRAME; at++)
        clean[at] = echo_can_update(state, far[at], rx[at]);
}

static const struct canceller cancellers[] = {
    { "oslec", create_oslec, frame_oslec },
    { "oslec-kernel", create_oslec_kernel, frame_oslec_kernel },
    { "mg2", create_mg2, frame_mg2 },
    { "speex", create_speex, frame_speex },
    { "speex-20ms", create_speex_20ms, frame_speex_20ms },
    { "spandsp", create_spandsp, frame_spandsp },
};

static const struct canceller *named(const char *name)
{
    for (size_t at = 0; at < sizeof(cancellers) / sizeof(cancellers[0]); at++)
        if (strcmp(cancellers[at].name, name) == 0)
            return &cancellers[at];
    fail("no such canceller");
    return NULL;
}

static void *created(const struct canceller *canceller, int taps, int nlp)
{
    void *state = canceller->create(taps, nlp);

    if (state == NULL)
        fail("the canceller could not be made");
    return state;
}

/* Pairs after each other become two rows. */
static void parted(const int16_t *pairs, int16_t *far, int16_t *rx)
{
    for (int at = 0; at < FRAME; at++) {
        far[at] = pairs[2 * at];
        rx[at] = pairs[2 * at + 1];
    }
}

static int clean(const struct canceller *canceller, int taps, int nlp, FILE *out)
{
    int16_t pairs[2 * FRAME], far[FRAME], rx[FRAME], result[FRAME];
    void *state = created(canceller, taps, nlp);
    size_t count;

    do {
        memset(pairs, 0, sizeof(pairs));
        count = fread(pairs, 2 * sizeof(*pairs), FRAME, stdin);
        parted(pairs, far, rx);
        canceller->frame(state, far, rx, result);
        if (fwrite(result, sizeof(*result), count, out) != count)
            fail("the result could not be written");
    } while (count == FRAME);
    return fclose(out) == 0 ? 0 : 2;
}

static int64_t cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static int cost(const struct canceller *canceller, int taps, int lanes, FILE *out)
{
    static int16_t far[PAIRS_MAX], rx[PAIRS_MAX];
    static void *states[LANES_MAX];
    int16_t pairs[2 * FRAME], result[FRAME];
    uint32_t count;

    if (lanes < 1 || lanes > LANES_MAX || fread(&count, sizeof(count), 1, stdin) != 1 || count > PAIRS_MAX)
        fail("how many lanes and pairs?");
    for (uint32_t at = 0; at + FRAME <= count; at += FRAME) {
        if (fread(pairs, 2 * sizeof(*pairs), FRAME, stdin) != FRAME)
            fail("fewer pairs than were told");
        parted(pairs, far + at, rx + at);
    }
    for (int lane = 0; lane < lanes; lane++)
        states[lane] = created(canceller, taps, 1);
    while (getchar() != EOF) {
        int64_t begin = cpu_ns();

        for (uint32_t at = 0; at + FRAME <= count; at += FRAME)
            for (int lane = 0; lane < lanes; lane++)
                canceller->frame(states[lane], far + at, rx + at, result);
        fprintf(out, "%lld\n", (long long) (cpu_ns() - begin));
        fflush(out);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        fail("dsp_peer clean WHICH TAPS [nlp] | cost WHICH TAPS LANES");
    const struct canceller *canceller = named(argv[2]);
    int taps = atoi(argv[3]);

    if (taps < FRAME || taps > RATE)
        fail("taps: 160 to 8000");
    /* Ours goes out by a file of its own: SpanDSP 0.0.6 prints to stdout for each sample. */
    FILE *out = fdopen(dup(STDOUT_FILENO), "wb");

    if (out == NULL || freopen("/dev/null", "w", stdout) == NULL)
        fail("stdout");
    if (strcmp(argv[1], "clean") == 0)
        return clean(canceller, taps, argc > 4 && strcmp(argv[4], "nlp") == 0, out);
    if (strcmp(argv[1], "cost") == 0 && argc > 4)
        return cost(canceller, taps, atoi(argv[4]), out);
    fail("clean or cost?");
    return 2;
}
