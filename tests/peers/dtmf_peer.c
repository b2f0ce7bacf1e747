/*
 * SpanDSP's DTMF receiver (LGPL-2.1, Debian's library), as a measuring stick: a program of its own for tests and benches, never
 * linked into the box and never in its image.
 *
 *   dtmf_peer hear              s16 at 8 kHz in; the digits out
 *   dtmf_peer cost              stdin: a count of samples (4 octets), the samples, then one octet a round; for each round a
 *                               receiver hears all of them, 20 ms at a time, and the nanoseconds of processor time are told,
 *                               a line a round
 *
 * What is little-endian is so on this machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>

#define FRAME 160                       /* 20 ms */
#define SAMPLES_MAX (8000 * 3600)       /* an hour */

static void fail(const char *why)
{
    fprintf(stderr, "dtmf_peer: %s\n", why);
    exit(1);
}

static void tell(dtmf_rx_state_t *receiver)
{
    char digits[129];
    while (dtmf_rx_get(receiver, digits, 128) > 0)
        fputs(digits, stdout);
}

static void hear(dtmf_rx_state_t *receiver)
{
    int16_t frame[FRAME];
    size_t count;
    while ((count = fread(frame, sizeof frame[0], FRAME, stdin)) > 0) {
        dtmf_rx(receiver, frame, (int) count);
        tell(receiver);
    }
    putchar('\n');
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

static void cost(dtmf_rx_state_t *receiver)
{
    uint32_t count;
    if (fread(&count, sizeof count, 1, stdin) != 1 || count > SAMPLES_MAX)
        fail("no count, or more than an hour");
    int16_t *samples = calloc(count, sizeof *samples);
    if (samples == NULL || fread(samples, sizeof *samples, count, stdin) != count)
        fail("samples are missing");
    while (getchar() != EOF) {
        char digits[129];
        uint64_t before = now_ns();
        for (uint32_t at = 0; at + FRAME <= count; at += FRAME)
            dtmf_rx(receiver, samples + at, FRAME);
        printf("%llu\n", (unsigned long long) (now_ns() - before));
        fflush(stdout);
        dtmf_rx_get(receiver, digits, 128);
    }
}

int main(int count, char **arguments)
{
    dtmf_rx_state_t *receiver = dtmf_rx_init(NULL, NULL, NULL);
    if (count == 2 && strcmp(arguments[1], "hear") == 0)
        hear(receiver);
    else if (count == 2 && strcmp(arguments[1], "cost") == 0)
        cost(receiver);
    else
        fail("hear or cost");
    return 0;
}
