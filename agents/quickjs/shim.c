/*
 * What POSIX has and QuickJS 2021-03-27 does not, or not fast enough, and the agent cannot do without. Each returns
 * >= 0, or -errno.
 *   flock(fd, wait)   the host's lock: the kernel frees it when the last holder dies, which no lock file can promise
 *   fsync(fd)         journal and fencing token must be on the disk before the act they announce
 *   allocate(fd, n)   space held back without writing it; not every filesystem can
 *   setsid()          the acting process leaves the login session that started it
 *   fork(name, bound) a copy of this process, 0 in the copy; `name` is what ps and /proc/PID/comm show of it. One that
 *                     is bound gets SIGKILL when this process dies: what it waits for in the kernel may never come
 *   exitNow(status)   the copy's end: nothing that it inherited is flushed or run
 *   watch(path)       a descriptor that can be read once the file was written to: inotify(7)
 *   readFile(path, limit, shared)  the whole file, or its lines of shared mappings; text where it is ASCII, else bytes.
 *                     By os.* it took four times as long, and a reading of a host is a thousand of them
 *   writeText(fd, text)  all of it as UTF-8; encoding it in JavaScript took longer than the write
 *   putFile(path, mode, text)  a new file of exactly that mode, on the disk: the text, or with null this very program
 *   leadsTo(folder, rdev)  whether an entry leads to that character device: /proc/PID/fd of every process is looked at
 *   sha256(text)      of its UTF-8, in hex
 *   uptimeMs()        CLOCK_BOOTTIME: /proc/uptime counts in 10 ms and Date.now() may step; durations need neither
 * Anything else goes through QuickJS's own std and os.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

void sha256_hex(const char *text, size_t length, char hex[64]);
int sha256_hex_of(const char *path, size_t limit, char hex[64]);
pid_t start_alone(const char *path, char *environment, int *output);

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

static JSValue shim_allocate(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int fd, size;
    if (JS_ToInt32(ctx, &fd, argv[0]) || JS_ToInt32(ctx, &size, argv[1]))
        return JS_EXCEPTION;
    return result(ctx, fallocate(fd, 0, 0, size));
}

static JSValue shim_setsid(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    return result(ctx, setsid());
}

static JSValue shim_fork(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *name = JS_ToCString(ctx, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    int bound = JS_ToBool(ctx, argv[1]);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, name);
        /* Asked after: it may have died before the signal was ordered. */
        if (bound && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
            _exit(1);
    }
    JS_FreeCString(ctx, name);
    return result(ctx, pid);
}

static JSValue shim_exit_now(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int status = 1;
    JS_ToInt32(ctx, &status, argv[0]);
    _exit(status);
}

static JSValue shim_watch(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    JSValue answer = result(ctx, fd);
    if (fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY) < 0) {
        answer = result(ctx, -1);
        close(fd);
    }
    JS_FreeCString(ctx, path);
    return answer;
}

/* Of the lines of /proc/PID/maps those of shared mappings, moved together: a process has thousands of the others. */
static size_t keep_shared(char *text, size_t length)
{
    char *to = text, *end = text + length;
    for (char *line = text, *next; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line)), *space;
        next = newline ? newline + 1 : end;
        space = memchr(line, ' ', (size_t)(next - line));
        if (!space || next - space < 5 || space[4] != 's')
            continue;
        memmove(to, line, (size_t)(next - line));
        to += next - line;
    }
    return (size_t)(to - text);
}

static JSValue shim_read_file(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    static char *buffer;
    static size_t size;
    size_t length = 0, limit, ascii = 0;
    ssize_t n = 1;
    int64_t most;
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path || JS_ToInt64(ctx, &most, argv[1]))
        return JS_EXCEPTION;
    limit = (size_t)most;
    /* A file of sysfs is a page at most, and comes whole or not at all: nobody asks again whether that was all. */
    int is_sysfs = !strncmp(path, "/sys/", 5), fd = open(path, O_RDONLY);
    JS_FreeCString(ctx, path);
    if (fd < 0)
        return result(ctx, -1);
    while (n > 0 && length < limit) {
        if (length == size) {
            char *more = realloc(buffer, size = size ? size * 4 : 16384);
            if (!more)
                abort();
            buffer = more;
        }
        n = read(fd, buffer + length, (size < limit ? size : limit) - length);
        if (n > 0)
            length += (size_t)n;
        if (is_sysfs && length < size)
            break;
    }
    JSValue answer = result(ctx, n < 0 ? -1 : 0);
    close(fd);
    if (n < 0)
        return answer;
    if (JS_ToBool(ctx, argv[2]))
        length = keep_shared(buffer, length);
    while (ascii < length && !(buffer[ascii] & 0x80))
        ascii++;
    return ascii == length ? JS_NewStringLen(ctx, buffer, length)
                           : JS_NewArrayBufferCopy(ctx, (const uint8_t *)buffer, length);
}

static JSValue shim_write_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int fd;
    size_t length, done = 0;
    ssize_t n = 0;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (!text || JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    while (done < length && (n = write(fd, text + done, length - done)) >= 0)
        done += (size_t)n;
    JSValue answer = result(ctx, n < 0 ? -1 : 0);
    JS_FreeCString(ctx, text);
    return answer;
}

static JSValue shim_put_file(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int mode, from = -1;
    size_t length = 0, done = 0;
    ssize_t n = 1;
    const char *text = NULL, *path = JS_ToCString(ctx, argv[0]);
    if (!path || JS_ToInt32(ctx, &mode, argv[1]) || (!JS_IsNull(argv[2]) && !(text = JS_ToCStringLen(ctx, &length, argv[2]))))
        return JS_EXCEPTION;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    JSValue answer = result(ctx, fd < 0 ? -1 : 0);
    if (fd >= 0) {
        if (!text)
            n = from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        while (n >= 0 && text && done < length && (n = write(fd, text + done, length - done)) >= 0)
            done += (size_t)n;
        while (n >= 0 && !text && (n = sendfile(fd, from, NULL, 1 << 20)) > 0)
            ;
        if (n < 0 || fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0) {
            answer = result(ctx, -1);
            unlink(path);
        }
        close(from);
        close(fd);
    }
    JS_FreeCString(ctx, path);
    JS_FreeCString(ctx, text);
    return answer;
}

static JSValue shim_leads_to(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int64_t rdev;
    struct stat found;
    struct dirent *entry;
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path || JS_ToInt64(ctx, &rdev, argv[1]))
        return JS_EXCEPTION;
    DIR *folder = opendir(path);
    JSValue answer = result(ctx, folder ? 0 : -1);
    JS_FreeCString(ctx, path);
    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && !fstatat(dirfd(folder), entry->d_name, &found, 0) && S_ISCHR(found.st_mode) &&
            found.st_rdev == (dev_t)rdev)
            answer = JS_NewInt32(ctx, 1);
    if (folder)
        closedir(folder);
    return answer;
}

static JSValue shim_sha256(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    char hex[64];
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    sha256_hex(text, length, hex);
    JS_FreeCString(ctx, text);
    return JS_NewStringLen(ctx, hex, sizeof hex);
}

/* The digest; null for a file of more than so many bytes; -errno. */
static JSValue shim_sha256_of(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    char hex[64];
    int limit;
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path || JS_ToInt32(ctx, &limit, argv[1]))
        return JS_EXCEPTION;
    int found = sha256_hex_of(path, (size_t)limit, hex);
    JSValue answer = found < 0 ? result(ctx, -1) : found ? JS_NewStringLen(ctx, hex, sizeof hex) : JS_NULL;
    JS_FreeCString(ctx, path);
    return answer;
}

/* [pid, descriptor of its output], or -errno. */
static JSValue shim_start_alone(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int output = -1;
    const char *path = JS_ToCString(ctx, argv[0]), *lines = JS_ToCString(ctx, argv[1]);
    if (!path || !lines)
        return JS_EXCEPTION;
    char *environment = strdup(lines);
    pid_t pid = environment ? start_alone(path, environment, &output) : -1;
    JSValue answer = result(ctx, pid);
    if (pid >= 0) {
        answer = JS_NewArray(ctx);
        JS_SetPropertyUint32(ctx, answer, 0, JS_NewInt32(ctx, pid));
        JS_SetPropertyUint32(ctx, answer, 1, JS_NewInt32(ctx, output));
    }
    free(environment);
    JS_FreeCString(ctx, path);
    JS_FreeCString(ctx, lines);
    return answer;
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
    JS_CFUNC_DEF("allocate", 2, shim_allocate),
    JS_CFUNC_DEF("setsid", 0, shim_setsid),
    JS_CFUNC_DEF("fork", 2, shim_fork),
    JS_CFUNC_DEF("exitNow", 1, shim_exit_now),
    JS_CFUNC_DEF("watch", 1, shim_watch),
    JS_CFUNC_DEF("readFile", 3, shim_read_file),
    JS_CFUNC_DEF("writeText", 2, shim_write_text),
    JS_CFUNC_DEF("putFile", 3, shim_put_file),
    JS_CFUNC_DEF("leadsTo", 2, shim_leads_to),
    JS_CFUNC_DEF("sha256", 1, shim_sha256),
    JS_CFUNC_DEF("sha256Of", 2, shim_sha256_of),
    JS_CFUNC_DEF("startAlone", 2, shim_start_alone),
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
