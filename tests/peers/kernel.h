/* SPDX-License-Identifier: Apache-2.0
 *
 * What the echo cancellers of Debian's dahdi-source want of a kernel and of DAHDI, for a program of its own: memory, module
 * macros, and the factory that a canceller registers. Their files are compiled from target/ and are not kept here.
 */
#ifndef PEERS_KERNEL_H
#define PEERS_KERNEL_H

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* MG2 asks for less than it writes to, which a kernel's size classes hide: a kilobyte more for everybody. */
#define KERNEL_SLACK 1024
#define kzalloc(size, flags) calloc(1, (size) + KERNEL_SLACK)
#define kcalloc(count, size, flags) calloc(1, (count) * (size) + KERNEL_SLACK)
#define kfree(place) free(place)
#define GFP_KERNEL 0

#define likely(it) __builtin_expect(!!(it), 1)
#define unlikely(it) __builtin_expect(!!(it), 0)
#define container_of(place, type, member) ((type *) ((char *) (place) - offsetof(type, member)))
#define printk(...) ((void) 0)
#define module_printk(...) ((void) 0)
#define THIS_MODULE NULL
#define S_IRUGO 0
#define S_IWUSR 0
#define __init
#define __exit __attribute__((unused))
#define EXPORT_SYMBOL_GPL(name)
#define MODULE_LICENSE(text)
#define MODULE_AUTHOR(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_VERSION(text)
#define module_param(name, type, rights)
#define module_init(start) int dahdi_module_start(void) { return start(); }
#define module_exit(end)

/* The number of the highest bit that is set, from 1; 0 for 0. */
static inline int fls(unsigned int word)
{
    return word == 0 ? 0 : 32 - __builtin_clz(word);
}

struct dahdi_chan;
struct dahdi_echocan_state;

struct dahdi_echocanparams {
    u32 tap_length;
    u32 param_count;
};

struct dahdi_echocanparam {
    char name[16];
    s32 value;
};

struct dahdi_echocan_features {
    u32 NLP_toggle : 1;
};

struct dahdi_echocan_ops {
    void (*echocan_free)(struct dahdi_chan *, struct dahdi_echocan_state *);
    void (*echocan_process)(struct dahdi_echocan_state *, short *, const short *, u32);
    int (*echocan_traintap)(struct dahdi_echocan_state *, int, short);
    void (*echocan_NLP_toggle)(struct dahdi_echocan_state *, unsigned int);
};

struct dahdi_echocan_state {
    const struct dahdi_echocan_ops *ops;
    struct dahdi_echocan_features features;
};

struct dahdi_echocan_factory {
    const char *(*get_name)(const struct dahdi_chan *);
    void *owner;
    int (*echocan_create)(struct dahdi_chan *, struct dahdi_echocanparams *, struct dahdi_echocanparam *,
                          struct dahdi_echocan_state **);
};

int dahdi_register_echocan_factory(const struct dahdi_echocan_factory *factory);
void dahdi_unregister_echocan_factory(const struct dahdi_echocan_factory *factory);
int dahdi_module_start(void);

#endif
