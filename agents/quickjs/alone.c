/* A program started in a session of its own, with nothing of this process but what it is given. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { VARIABLES = 32 };

static void close_from(int first)
{
    if (syscall(SYS_close_range, first, ~0U, 0) < 0)
        for (int fd = first; fd < 4096; fd++)
            close(fd);
}

/* Ends in the program or with status 127; what stands in the way is said on its output. */
static void become(const char *path, char *environment, int output, pid_t above)
{
    char *variables[VARIABLES + 1] = {0}, *const arguments[] = {(char *)path, NULL};
    int count = 0, none = open("/dev/null", O_RDWR), fd;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    setsid();
    /* Whoever is to end it in time may die: then it does not run on by itself. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != above || none < 0)
        _exit(127);
    dup2(none, 0);
    dup2(output, 1);
    dup2(output, 2);
    close_from(3);
    if ((fd = open("/proc/self/oom_score_adj", O_WRONLY)) >= 0) {
        if (write(fd, "0", 1) != 1)
            dprintf(2, "Its oom_score_adj stays as it is.\n");
        close(fd);
    }
    umask(022);
    if (chdir("/") < 0)
        _exit(127);
    for (char *at = strtok(environment, "\n"); at && count < VARIABLES; at = strtok(NULL, "\n"))
        variables[count++] = at;
    execve(path, arguments, variables);
    dprintf(2, "It cannot be started: %s.\n", strerror(errno));
    _exit(127);
}

/* The pid, and where its output can be read without waiting; or -1 with errno. The environment is one line each. */
pid_t start_alone(const char *path, char *environment, int *output)
{
    int ends[2];
    pid_t above = getpid(), pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if ((pid = fork()) == 0)
        become(path, environment, ends[1], above);
    close(ends[1]);
    if (pid < 0)
        close(ends[0]);
    *output = ends[0];
    return pid;
}
