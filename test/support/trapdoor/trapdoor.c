/*
 * Follows the agent on a guest, system call by system call, and holds it at a named point.
 *
 *   trapdoor [POINT NTH before|after]
 *
 * Agents are started by the SSH server's processes or, as a transient unit, by systemd. What those start is followed;
 * only programs named "agent-..." or "daxfleet-agent" are watched call by call, and the copies they make of themselves,
 * which begin by giving themselves a name (PR_SET_NAME). A point is an effect that others can see:
 * a write, a file made, moved or removed, an fsync, a lock, a program started, a line said. Everything else a process
 * does between two points could be undone by its death without a trace, so a death at a point stands for all of them.
 *
 * It prints one line each, fields parted by tabs:
 *   point PID NTH POINT     before the effect; NTH counts this very POINT from 1
 *   held PID                POINT was reached for the NTH time; the process stands there, before or after the effect
 *   ended PID STATUS        an agent process ended (as waitpid(2) says it)
 * and obeys lines on stdin: "signal NUMBER WHOM" (self, parent, session, agents), "sysrq LETTER", "release". At the
 * end of stdin it goes; whoever it held runs on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PROCESSES = 1024, MAX_POINTS = 4096, TEXT = 512 };

struct process {
    pid_t pid;
    int is_agent;
    int is_nameless;        /* a copy of an agent that has not said yet what it is for */
    char role[32];          /* serve, then the verb it was asked for; a copy's name: act, write, write-blocks */
    uint64_t read_into;     /* where a read of stdin puts the request */
    int holds_at_exit;      /* the point was reached and is to be held after its effect */
};

static struct process processes[MAX_PROCESSES];
static struct { char label[TEXT]; int count; } points[MAX_POINTS];
static const char *wanted;
static int wanted_nth, wanted_after;
static pid_t held, parent, session;

static struct process *known(pid_t pid)
{
    for (int i = 0; i < MAX_PROCESSES; i++)
        if (processes[i].pid == pid)
            return &processes[i];
    return NULL;
}

static struct process *find(pid_t pid)
{
    struct process *p = known(pid);
    if (p)
        return p;
    struct process *empty = known(0);
    if (!empty)
        exit(3);
    memset(empty, 0, sizeof *empty);
    empty->pid = pid;
    return empty;
}

/* The text at an address of another process, at most size - 1 bytes of it. */
static void read_memory(pid_t pid, uint64_t address, char *into, size_t size)
{
    char path[64];
    ssize_t n = -1;
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDONLY);
    if (fd >= 0) {
        n = pread(fd, into, size - 1, (off_t)address);
        close(fd);
    }
    into[n > 0 ? n : 0] = 0;
}

static void read_link(const char *path, char *into, size_t size)
{
    ssize_t n = readlink(path, into, size - 1);
    into[n > 0 ? n : 0] = 0;
}

static void program_of(pid_t pid, char *into, size_t size)
{
    char path[64], whole[TEXT];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    read_link(path, whole, sizeof whole);
    const char *slash = strrchr(whole, '/');
    snprintf(into, size, "%s", slash ? slash + 1 : whole);
}

static pid_t parent_of(pid_t pid)
{
    char path[64], text[TEXT] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *after = strrchr(text, ')');
    int above = 0;
    return after && sscanf(after + 1, " %*c %d", &above) == 1 ? above : 0;
}

/* A process seen for the first time: an agent's child is a copy of it until it names itself, or becomes a program. */
static void begin(struct process *p)
{
    struct process *above = known(parent_of(p->pid));
    p->is_agent = p->is_nameless = above && above->is_agent;
}

static int is_ssh_server(pid_t pid)
{
    char name[TEXT];
    program_of(pid, name, sizeof name);
    return !strcmp(name, "dropbear") || !strcmp(name, "sshd");
}

/* The process of the SSH server that serves this one's login session. */
static pid_t session_of(pid_t pid)
{
    while (pid > 1 && !is_ssh_server(pid))
        pid = parent_of(pid);
    return pid > 1 ? pid : 0;
}

static int ends_with(const char *text, size_t length, const char *end)
{
    size_t n = strlen(end);
    return length >= n && !memcmp(text + length - n, end, n);
}

/* A path without what differs from run to run: job ids, numbers of memory blocks, epochs, and long numbers (times). */
static void without_numbers(const char *path, char *into, size_t size)
{
    static const char jobs[] = "/var/lib/daxfleet/jobs/";
    size_t n = 0;
    if (!strncmp(path, jobs, sizeof jobs - 1) && path[sizeof jobs - 1]) {
        n = (size_t)snprintf(into, size, "%s{job}", jobs);
        path += strcspn(path + sizeof jobs - 1, ".") + sizeof jobs - 1;
    }
    while (*path && n + 4 < size) {
        size_t digits = strspn(path, "0123456789");
        if (digits >= 6 || (digits && (ends_with(into, n, "/memory") || ends_with(into, n, ".acting-")))) {
            n += (size_t)snprintf(into + n, size - n, "{n}");
            path += digits;
        } else {
            size_t copied = digits ? digits : 1;
            for (; copied-- && n + 4 < size; n++)
                into[n] = *path++;
        }
    }
    into[n] = 0;
}

/* Appends the text value of a key of a JSON line; its first one. Returns it, or "". */
static const char *append_value(const char *json, const char *key, char *to, size_t size)
{
    char quoted[40];
    size_t used = strlen(to), n = 0;
    snprintf(quoted, sizeof quoted, "\"%s\":\"", key);
    const char *at = strstr(json, quoted);
    if (!at || used + 2 >= size)
        return "";
    at += strlen(quoted);
    to[used] = ' ';
    while (at[n] && at[n] != '"' && used + n + 2 < size) {
        to[used + 1 + n] = at[n];
        n++;
    }
    to[used + 1 + n] = 0;
    return to + used + 1;
}

/* What a write says, in words that are the same in every run; 0 when it is no point. */
static int describe_content(const char *text, char *to, size_t size)
{
    while (*text == '\n' || *text == ' ')
        text++;
    if (*text != '{') {
        size_t used = strlen(to);
        int n = (int)strcspn(text, "\n\t");
        if (n > 0)
            snprintf(to + used, size - used, " %.*s", n > 40 ? 40 : n, text);
        return 1;
    }
    /* Of several lines the last one counts: what comes next is done on its strength. */
    for (const char *next; (next = strchr(text, '\n')) && next[1] == '{';)
        text = next + 1;
    const char *type = append_value(text, "type", to, size);
    if (!strcmp(type, "waiting") || !strcmp(type, "sample"))
        return 0;   /* said by the clock, not by what happens */
    if (!strcmp(type, "end"))
        append_value(text, "state", to, size);
    if (*type && strcmp(type, "journal"))
        return 1;
    const char *kind = append_value(text, "kind", to, size);
    int is_step = !strcmp(kind, "step");
    if (is_step || !strcmp(kind, "intent") || !strcmp(kind, "done"))
        append_value(text, "step", to, size);
    if (is_step)
        append_value(text, "state", to, size);
    if (!strcmp(kind, "outcome"))
        append_value(text, "outcome", to, size);
    return 1;
}

static int matters(const char *path)
{
    static const char *const folders[] = {"/sys/", "/proc/", "/var/", "/run/", "/etc/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (!strncmp(path, folders[i], strlen(folders[i])))
            return 1;
    return 0;
}

/* Puts the point's name into label; 0 when the call has no effect that others see. */
static int name_point(struct process *p, uint64_t nr, const uint64_t *args, char *label, size_t size)
{
    char path[TEXT] = "", plain[TEXT], link[64], content[4096];
    const char *what = NULL;
    int fd = -1;
    switch (nr) {
    case SYS_open:
        if (args[1] & O_CREAT)
            what = "create", read_memory(p->pid, args[0], path, sizeof path);
        break;
    case SYS_openat:
        if (args[2] & O_CREAT)
            what = "create", read_memory(p->pid, args[1], path, sizeof path);
        break;
    case SYS_mkdir: what = "mkdir", read_memory(p->pid, args[0], path, sizeof path); break;
    case SYS_mkdirat: what = "mkdir", read_memory(p->pid, args[1], path, sizeof path); break;
    case SYS_rename: what = "rename", read_memory(p->pid, args[1], path, sizeof path); break;
    case SYS_renameat:
    case SYS_renameat2: what = "rename", read_memory(p->pid, args[3], path, sizeof path); break;
    case SYS_rmdir:
    case SYS_unlink: what = "remove", read_memory(p->pid, args[0], path, sizeof path); break;
    case SYS_unlinkat: what = "remove", read_memory(p->pid, args[1], path, sizeof path); break;
    case SYS_write: what = "write", fd = (int)args[0]; break;
    case SYS_fdatasync:
    case SYS_fsync: what = "fsync", fd = (int)args[0]; break;
    case SYS_ftruncate: what = "truncate", fd = (int)args[0]; break;
    case SYS_flock: what = "flock", fd = (int)args[0]; break;
    case SYS_setsid: snprintf(label, size, "%s setsid", p->role); return 1;
    }
    if (!what)
        return 0;
    if (fd >= 0) {
        snprintf(link, sizeof link, "/proc/%d/fd/%d", p->pid, fd);
        read_link(link, path, sizeof path);
    }
    if (fd == 1 && nr == SYS_write) {
        snprintf(label, size, "%s say", p->role);
    } else {
        if (!matters(path))
            return 0;
        without_numbers(path, plain, sizeof plain);
        snprintf(label, size, "%s %s %.400s", p->role, what, plain);
    }
    if (nr != SYS_write)
        return 1;
    size_t length = args[2] < sizeof content - 1 ? (size_t)args[2] : sizeof content - 1;
    read_memory(p->pid, args[1], content, length + 1);
    return describe_content(content, label, size);
}

/* Counts the point and prints it; whether it is the one that is waited for. */
static int reached(pid_t pid, const char *label)
{
    int i = 0;
    while (i < MAX_POINTS - 1 && *points[i].label && strcmp(points[i].label, label))
        i++;
    snprintf(points[i].label, TEXT, "%s", label);
    int nth = ++points[i].count;
    printf("point\t%d\t%d\t%s\n", pid, nth, label);
    return wanted && nth == wanted_nth && !strcmp(label, wanted);
}

static void hold(pid_t pid)
{
    held = pid;
    wanted = NULL;
    printf("held\t%d\n", pid);
}

static void go_on(struct process *p, int sig)
{
    ptrace(p->is_agent ? PTRACE_SYSCALL : PTRACE_CONT, p->pid, 0, sig);
}

/*
 * An agent and whoever watches it take turns at every call: on one processor that costs a switch, on two of them an
 * interrupt each way, which is what emulated processors are slowest at.
 */
static void stay_together(pid_t pid)
{
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(pid, sizeof first, &first);
}

/* A program was started. Returns 1 when it is to be held. */
static int started(struct process *p)
{
    char path[64], name[TEXT], line[TEXT], label[TEXT];
    struct process *above = known(parent_of(p->pid));
    program_of(p->pid, name, sizeof name);
    p->is_nameless = 0;
    p->is_agent = !strncmp(name, "agent-", 6) || !strncmp(name, "daxfleet-agent", 14);
    if (!p->is_agent) {
        if (!above || !above->is_agent)
            return 0;
        snprintf(label, sizeof label, "%s exec %.100s", above->role, name);
        return reached(p->pid, label);
    }
    stay_together(p->pid);
    snprintf(path, sizeof path, "/proc/%d/cmdline", p->pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    line[n > 0 ? n : 0] = 0;
    const char *verb = n > 0 && strlen(line) + 1 < (size_t)n ? line + strlen(line) + 1 : "serve";
    snprintf(p->role, sizeof p->role, "%.31s", verb);
    if (!strcmp(verb, "serve")) {
        parent = p->pid;
        session = session_of(p->pid);
    }
    snprintf(label, sizeof label, "%s exec", p->role);
    return reached(p->pid, label);
}

/* A call of a copy without a name. Returns 1 when it is to be held here. */
static int named(struct process *p, uint64_t nr, const uint64_t *args)
{
    char label[TEXT];
    if (nr == SYS_close)
        p->is_agent = p->is_nameless = 0;   /* on its way to another program: what it closes is nobody's affair */
    if (nr != SYS_prctl || args[0] != PR_SET_NAME)
        return 0;
    p->is_nameless = 0;
    read_memory(p->pid, args[1], p->role, sizeof p->role);
    snprintf(label, sizeof label, "%s fork", p->role);
    return reached(p->pid, label);
}

/* Returns 1 when the process is to be held here. */
static int at_call(struct process *p)
{
    struct __ptrace_syscall_info info;
    char label[TEXT], request[TEXT], verb[64] = "";
    if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof info, &info) <= 0)
        return 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        p->read_into = info.entry.nr == SYS_read && info.entry.args[0] == 0 ? info.entry.args[1] : 0;
        if (p->is_nameless)
            return named(p, info.entry.nr, (const uint64_t *)info.entry.args);
        if (!name_point(p, info.entry.nr, (const uint64_t *)info.entry.args, label, sizeof label))
            return 0;
        if (!reached(p->pid, label))
            return 0;
        p->holds_at_exit = wanted_after;
        return !wanted_after;
    }
    if (p->holds_at_exit) {
        p->holds_at_exit = 0;
        return 1;
    }
    if (p->read_into && !strcmp(p->role, "serve") && info.exit.rval > 0) {
        size_t length = (size_t)info.exit.rval < sizeof request - 1 ? (size_t)info.exit.rval : sizeof request - 1;
        read_memory(p->pid, p->read_into, request, length + 1);
        append_value(request, "verb", verb, sizeof verb);
        if (verb[0])
            snprintf(p->role, sizeof p->role, "%.31s", verb + 1);
    }
    return 0;
}

static void on_stop(pid_t pid, int status)
{
    int is_new = !known(pid);
    struct process *p = find(pid);
    if (is_new)
        begin(p);
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (p->is_agent)
            printf("ended\t%d\t%d\n", pid, status);
        if (held == pid)
            held = 0;
        p->pid = 0;
        return;
    }
    int sig = WSTOPSIG(status), event = status >> 16;
    if (sig == (SIGTRAP | 0x80)) {
        if (at_call(p))
            return hold(pid);
    } else if (event == PTRACE_EVENT_EXEC) {
        if (started(p))
            return hold(pid);
    } else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
        ptrace(PTRACE_LISTEN, pid, 0, 0);   /* stopped by a signal, and to stay so */
        return;
    }
    go_on(p, event || sig == (SIGTRAP | 0x80) ? 0 : sig);
}

static void send_signal(int number, const char *whom)
{
    if (!strcmp(whom, "self") && held)
        kill(held, number);
    if (!strcmp(whom, "parent") && parent)
        kill(parent, number);
    if (!strcmp(whom, "session") && session)
        kill(session, number);
    for (int i = 0; !strcmp(whom, "agents") && i < MAX_PROCESSES; i++)
        if (processes[i].pid && processes[i].is_agent)
            kill(processes[i].pid, number);
}

static void obey(const char *line)
{
    int number;
    char word[32];
    if (sscanf(line, "signal %d %31s", &number, word) == 2) {
        send_signal(number, word);
    } else if (sscanf(line, "sysrq %31s", word) == 1) {
        int fd = open("/proc/sysrq-trigger", O_WRONLY);
        if (fd < 0 || write(fd, word, 1) != 1)
            exit(4);
    } else if (!strncmp(line, "release", 7) && held) {
        pid_t pid = held;
        held = 0;
        go_on(find(pid), 0);
    }
    printf("obeyed\t%s\n", line);
}

/* Follows a process and, by its options, all it starts from now on. */
static void follow(pid_t pid)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                         PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, pid, 0, options) == 0 || errno == ESRCH)
        return;
    fprintf(stderr, "process %d cannot be followed: %s\n", pid, strerror(errno));
    exit(1);
}

/* All processes of the SSH server but our own session's, and systemd where it is. */
static void follow_servers(void)
{
    char name[TEXT];
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        pid_t pid = atoi(entry->d_name), above = getpid();
        if (pid <= 1 || !is_ssh_server(pid))
            continue;
        while (above > 1 && above != pid)
            above = parent_of(above);
        if (above != pid || parent_of(pid) == 1)
            follow(pid);
    }
    program_of(1, name, sizeof name);
    if (!strcmp(name, "systemd"))
        follow(1);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 4) {
        wanted = argv[1];
        wanted_nth = atoi(argv[2]);
        wanted_after = !strcmp(argv[3], "after");
    }
    stay_together(0);
    follow_servers();
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);   /* whoever listened is gone: its end of stdin says so as well */
    struct pollfd fds[] = {{signalfd(-1, &mask, SFD_NONBLOCK), POLLIN, 0}, {0, POLLIN, 0}};
    printf("watching\n");
    for (;;) {
        struct signalfd_siginfo ignored;
        int status;
        pid_t pid;
        while (read(fds[0].fd, &ignored, sizeof ignored) > 0)
            ;
        while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
            on_stop(pid, status);
        if (poll(fds, 2, -1) > 0 && fds[1].revents) {
            char line[128], *next;
            ssize_t n = read(0, line, sizeof line - 1);
            if (n <= 0)
                return 0;
            line[n] = 0;
            for (char *at = line; *at; at = next) {
                next = at + strcspn(at, "\n");
                if (*next)
                    *next++ = 0;
                obey(at);
            }
        }
    }
}
