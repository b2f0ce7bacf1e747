/*
 * Call progress tones, fax machines and modems by SpanDSP, as a measuring stick: a program of its own for tests and benches, never
 * linked into the box and never in its image. SpanDSP is LGPL-2.1.
 *
 *   tone_peer cadence TONE...     s16 at 8 kHz in; a line for each time a tone is heard: its number, from 0. A TONE is HZ+HZ:MIN-MAX
 *                                 for each of its steps, in ms, with commas between; 0+0 is a pause, and a MAX of 0 is without end
 *   tone_peer machine             s16 at 8 kHz in; a line a machine: cng, ced, modem
 *   tone_peer call STEP... MS     s16 at 8 kHz out, so many ms of a tone: STEP is HZ+HZ@LEVEL:MS, and 0+0@0:MS a pause
 *   tone_peer send NAME MS        s16 at 8 kHz out: cng, ced, ans-pr, ansam, ansam-pr, bell
 *   tone_peer cost CHANNELS       in: a count of blocks of 20 ms (4 octets), the blocks (s16 at 8 kHz), then one octet a round; out: a
 *                                 line a round, the ns that call progress of four tones, CNG and CED take on all channels
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>
/* The steps of a tone are joined by hand, as no function of SpanDSP does it. */
#include <spandsp/private/tone_generate.h>
#include <spandsp/private/super_tone_tx.h>

#define BLOCK 160
#define CHANNELS_MAX 512

static void put_tone(void *user_data, int code, int level, int delay)
{
    (void) user_data;
    (void) level;
    (void) delay;
    if (code >= 0)
        printf("%d\n", code);
}

static void add_tone(super_tone_rx_descriptor_t *tones, char *steps)
{
    int tone = super_tone_rx_add_tone(tones);
    int f1, f2, min, max;

    for (char *step = strtok(steps, ","); step != NULL; step = strtok(NULL, ",")) {
        if (sscanf(step, "%d+%d:%d-%d", &f1, &f2, &min, &max) != 4) {
            fprintf(stderr, "tone_peer: %s is no step\n", step);
            exit(2);
        }
        super_tone_rx_add_element(tones, tone, f1, f2, min, max);
    }
}

static int cadence(int count, char **steps)
{
    int16_t samples[BLOCK];
    size_t read;
    super_tone_rx_descriptor_t *tones = super_tone_rx_make_descriptor(NULL);
    super_tone_rx_state_t *rx;

    for (int at = 0; at < count; at++)
        add_tone(tones, steps[at]);
    rx = super_tone_rx_init(NULL, tones, put_tone, NULL);
    while ((read = fread(samples, sizeof(samples[0]), BLOCK, stdin)) > 0)
        super_tone_rx(rx, samples, (int) read);
    return 0;
}

static void put_machine(void *user_data, int code, int level, int delay)
{
    (void) user_data;
    (void) level;
    (void) delay;
    switch (code) {
    case MODEM_CONNECT_TONES_FAX_CNG:
        printf("cng\n");
        break;
    case MODEM_CONNECT_TONES_ANS:
        printf("ced\n");
        break;
    case MODEM_CONNECT_TONES_ANS_PR:
    case MODEM_CONNECT_TONES_ANSAM:
    case MODEM_CONNECT_TONES_ANSAM_PR:
    case MODEM_CONNECT_TONES_BELL_ANS:
        printf("modem\n");
        break;
    }
}

static int machine(void)
{
    static const int kinds[] = {MODEM_CONNECT_TONES_FAX_CNG, MODEM_CONNECT_TONES_ANS_PR, MODEM_CONNECT_TONES_BELL_ANS};
    modem_connect_tones_rx_state_t *rx[3];
    int16_t samples[BLOCK];
    size_t read;

    for (int at = 0; at < 3; at++)
        rx[at] = modem_connect_tones_rx_init(NULL, kinds[at], put_machine, NULL);
    while ((read = fread(samples, sizeof(samples[0]), BLOCK, stdin)) > 0)
        for (int at = 0; at < 3; at++)
            modem_connect_tones_rx(rx[at], samples, (int) read);
    return 0;
}

/* SpanDSP stops at the end of a tone; what follows is silence. */
static void put_samples(const int16_t *samples, int count, int *left)
{
    static const int16_t silence[BLOCK];

    fwrite(count > 0 ? samples : silence, sizeof(int16_t), BLOCK, stdout);
    *left -= BLOCK;
}

static int call(int count, char **steps, int ms)
{
    int16_t samples[BLOCK];
    int left = ms * 8;
    super_tone_tx_step_t *first = NULL;
    super_tone_tx_step_t **next = &first;
    super_tone_tx_state_t *tx;

    for (int at = 0; at < count; at++) {
        float f1, f2, level;
        int length;

        if (sscanf(steps[at], "%f+%f@%f:%d", &f1, &f2, &level, &length) != 4)
            return 2;
        *next = super_tone_tx_make_step(NULL, f1, level, f2, f2 > 0.0f ? level : 0.0f, length, 1);
        next = &(*next)->next;
    }
    while (left > 0) {
        int made = 0;

        tx = super_tone_tx_init(NULL, first);
        while (left > 0 && (made = super_tone_tx(tx, samples, BLOCK)) == BLOCK)
            put_samples(samples, made, &left);
        if (made > 0 && left > 0) {
            fwrite(samples, sizeof(int16_t), (size_t) made, stdout);
            left -= made;
        }
        super_tone_tx_release(tx);
    }
    return 0;
}

static int kind_of(const char *name)
{
    static const struct { const char *name; int kind; } kinds[] = {
        {"cng", MODEM_CONNECT_TONES_FAX_CNG},
        {"ced", MODEM_CONNECT_TONES_ANS},
        {"ans-pr", MODEM_CONNECT_TONES_ANS_PR},
        {"ansam", MODEM_CONNECT_TONES_ANSAM},
        {"ansam-pr", MODEM_CONNECT_TONES_ANSAM_PR},
        {"bell", MODEM_CONNECT_TONES_BELL_ANS},
    };

    for (size_t at = 0; at < sizeof(kinds)/sizeof(kinds[0]); at++)
        if (strcmp(kinds[at].name, name) == 0)
            return kinds[at].kind;
    return MODEM_CONNECT_TONES_NONE;
}

static int send(int kind, int ms)
{
    int16_t samples[BLOCK];
    int left = ms * 8;
    modem_connect_tones_tx_state_t *tx = modem_connect_tones_tx_init(NULL, kind);

    while (left > 0)  {
        int made = modem_connect_tones_tx(tx, samples, BLOCK);

        if (made > 0 && made < BLOCK)
            memset(samples + made, 0, sizeof(samples[0]) * (size_t) (BLOCK - made));
        put_samples(samples, made, &left);
    }
    return 0;
}

static void ignore(void *user_data, int code, int level, int delay)
{
    (void) user_data;
    (void) code;
    (void) level;
    (void) delay;
}

/* China's tones: dial, ringback, busy, congestion. */
static super_tone_rx_descriptor_t *china(void)
{
    static const int tones[][4] = {{1000, 0, 0, 0}, {900, 1100, 3600, 4400}, {300, 400, 300, 400}, {630, 770, 630, 770}};
    super_tone_rx_descriptor_t *descriptor = super_tone_rx_make_descriptor(NULL);

    for (int at = 0; at < 4; at++) {
        int tone = super_tone_rx_add_tone(descriptor);

        super_tone_rx_add_element(descriptor, tone, 450, 0, tones[at][0], tones[at][1]);
        if (tones[at][2])
            super_tone_rx_add_element(descriptor, tone, 0, 0, tones[at][2], tones[at][3]);
    }
    return descriptor;
}

static int64_t thread_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What is read is heard on all channels, each beginning at another place, as our own bench does it. */
static int cost(int channels)
{
    static super_tone_rx_state_t *progress[CHANNELS_MAX];
    static modem_connect_tones_rx_state_t *cng[CHANNELS_MAX];
    static modem_connect_tones_rx_state_t *ced[CHANNELS_MAX];
    super_tone_rx_descriptor_t *descriptor = china();
    uint32_t blocks;
    int16_t *samples;

    if (channels < 1 || channels > CHANNELS_MAX || fread(&blocks, sizeof(blocks), 1, stdin) != 1 || blocks == 0)
        return 2;
    samples = malloc(blocks*BLOCK*sizeof(samples[0]));
    if (fread(samples, BLOCK*sizeof(samples[0]), blocks, stdin) != blocks)
        return 2;
    for (int at = 0; at < channels; at++) {
        progress[at] = super_tone_rx_init(NULL, descriptor, ignore, NULL);
        cng[at] = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, ignore, NULL);
        ced[at] = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE, ignore, NULL);
    }
    while (getchar() != EOF) {
        int64_t before = thread_ns();

        for (uint32_t block = 0; block < blocks; block++)
            for (int at = 0; at < channels; at++) {
                const int16_t *heard = samples + BLOCK*((block + (uint32_t) at*blocks/(uint32_t) channels) % blocks);

                super_tone_rx(progress[at], heard, BLOCK);
                modem_connect_tones_rx(cng[at], heard, BLOCK);
                modem_connect_tones_rx(ced[at], heard, BLOCK);
            }
        printf("%lld\n", (long long) (thread_ns() - before));
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "cadence") == 0)
        return cadence(argc - 2, argv + 2);
    if (argc == 2 && strcmp(argv[1], "machine") == 0)
        return machine();
    if (argc >= 4 && strcmp(argv[1], "call") == 0)
        return call(argc - 3, argv + 2, atoi(argv[argc - 1]));
    if (argc == 4 && strcmp(argv[1], "send") == 0)
        return send(kind_of(argv[2]), atoi(argv[3]));
    if (argc == 3 && strcmp(argv[1], "cost") == 0)
        return cost(atoi(argv[2]));
    fprintf(stderr, "tone_peer cadence TONE..., machine, call STEP... MS, send NAME MS, or cost CHANNELS\n");
    return 2;
}
