/*
 * What POSIX has and QuickJS 2021-03-27 does not, and the agent cannot do without. Each returns >= 0, or -errno.
 *   flock(fd, wait)  the host's lock: the kernel frees it when the last holder dies, which no lock file can promise
 *   fsync(fd)        journal and fencing token must be on the disk before the act they announce
 *   setsid()         the acting process leaves the login session that started it
 *   uptimeMs()       CLOCK_BOOTTIME: /proc/uptime counts in 10 ms and Date.now() may step; durations need neither
 * Anything else goes through QuickJS's own std and os.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

static JSValue result(JSContext *ctx, int value)
{
    return JS_NewInt32(ctx, value < 0 ? -errno : value);
}

static JSValue shim_flock(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int fd, wait = JS_ToBool(ctx, argv[1]);
    if (wait < 0 || JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    return result(ctx, flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)));
}

static JSValue shim_fsync(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int fd;
    if (JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    return result(ctx, fsync(fd));
}

static JSValue shim_setsid(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    return result(ctx, setsid());
}

static JSValue shim_uptime_ms(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    struct timespec at;
    if (clock_gettime(CLOCK_BOOTTIME, &at) < 0)
        return result(ctx, -1);
    return JS_NewInt64(ctx, (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("flock", 2, shim_flock),
    JS_CFUNC_DEF("fsync", 1, shim_fsync),
    JS_CFUNC_DEF("setsid", 0, shim_setsid),
    JS_CFUNC_DEF("uptimeMs", 0, shim_uptime_ms),
};
static const int count = sizeof(functions) / sizeof(functions[0]);

static int init(JSContext *ctx, JSModuleDef *m)
{
    return JS_SetModuleExportList(ctx, m, functions, count);
}

JSModuleDef *js_init_module_shim(JSContext *ctx, const char *name)
{
    JSModuleDef *m = JS_NewCModule(ctx, name, init);
    if (m)
        JS_AddModuleExportList(ctx, m, functions, count);
    return m;
}
