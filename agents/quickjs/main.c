/*
 * The program around the agent's bytecode. QuickJS's own main would bring the parser, which bytecode does not need, and
 * malloc(3), which took a quarter of a short life. Here each size has a list of its free blocks, and fresh ones come
 * from chunks that are given by the kernel whole, not page by page, and never given back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "quickjs-libc.h"
#include "quickjs.h"

enum { STEP = 16, SMALL = 1024, LARGE = 32 * 1024, CLASSES = SMALL / STEP + 5 * 4 + 1, CHUNK = 256 * 1024 };

/* Cycles are rare here, and most agents end within a second: looked for from this many bytes on. */
enum { COLLECT_FROM_BYTES = 1024 * 1024 };

/* In front of each block: how many bytes may be used, and its list. Those of list 0 are larger, and malloc's. */
struct block { uint32_t size, class; };

static struct block *free_blocks[CLASSES];
static char *chunk, *chunk_end;

/* The list a size belongs to, and the size of its blocks: up to SMALL by 16 bytes, then four to each power of two. */
static size_t class_of(size_t *size)
{
    if (*size <= SMALL) {
        size_t class = (*size + STEP - 1) / STEP;
        *size = class * STEP;
        return class;
    }
    int shift = 63 - __builtin_clzll(*size - 1);
    size_t step = (size_t)1 << (shift - 2), steps = (*size + step - 1) / step;
    *size = steps * step;
    return SMALL / STEP + (size_t)(shift - 10) * 4 + steps - 4;
}

static struct block *take(size_t size)
{
    struct block *block;
    if (size > LARGE) {
        if (size > UINT32_MAX || !(block = malloc(sizeof *block + size)))
            return NULL;
        *block = (struct block){(uint32_t)size, 0};
        return block;
    }
    size_t class = class_of(&size);
    if ((block = free_blocks[class])) {
        free_blocks[class] = *(struct block **)(block + 1);
        return block;
    }
    if ((size_t)(chunk_end - chunk) < sizeof *block + size) {
        const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
        void *fresh = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (fresh == MAP_FAILED)
            return NULL;
        chunk = fresh;
        chunk_end = chunk + CHUNK;
    }
    block = (struct block *)chunk;
    chunk += sizeof *block + size;
    *block = (struct block){(uint32_t)size, (uint32_t)class};
    return block;
}

static void *agent_malloc(JSMallocState *s, size_t size)
{
    struct block *block = take(size);
    if (!block)
        return NULL;
    s->malloc_count++;
    s->malloc_size += block->size;
    return block + 1;
}

static void agent_free(JSMallocState *s, void *at)
{
    if (!at)
        return;
    struct block *block = (struct block *)at - 1;
    s->malloc_count--;
    s->malloc_size -= block->size;
    if (block->class == 0) {
        free(block);
        return;
    }
    struct block **list = &free_blocks[block->class];
    *(struct block **)at = *list;
    *list = block;
}

static size_t agent_usable_size(const void *at)
{
    return at ? ((const struct block *)at - 1)->size : 0;
}

static void *agent_realloc(JSMallocState *s, void *at, size_t size)
{
    size_t old = agent_usable_size(at);
    if (at && size && size <= old && (old <= SMALL || size > old / 2))
        return at;
    void *fresh = size ? agent_malloc(s, size) : NULL;
    if (size && !fresh)
        return NULL;
    if (fresh && at)
        memcpy(fresh, at, old < size ? old : size);
    agent_free(s, at);
    return fresh;
}

extern const uint8_t agent_bytecode[];
extern const uint32_t agent_bytecode_size;
JSModuleDef *js_init_module_shim(JSContext *ctx, const char *name);

int main(int argc, char **argv)
{
    static const JSMallocFunctions functions = {agent_malloc, agent_free, agent_realloc, agent_usable_size};
    JSRuntime *rt = JS_NewRuntime2(&functions, NULL);
    JSContext *ctx = rt ? JS_NewContextRaw(rt) : NULL;
    if (!ctx)
        return 1;
    JS_SetGCThreshold(rt, COLLECT_FROM_BYTES);
    js_std_init_handlers(rt);
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicTypedArrays(ctx);
    JS_AddIntrinsicPromise(ctx);
    JS_AddIntrinsicBigInt(ctx);
    js_init_module_std(ctx, "std");
    js_init_module_os(ctx, "os");
    js_init_module_shim(ctx, "shim");
    js_std_add_helpers(ctx, argc, argv);
    js_std_eval_binary(ctx, agent_bytecode, agent_bytecode_size, 0);
    js_std_loop(ctx);
    return 0;
}
