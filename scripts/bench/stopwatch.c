/*
 * Times one program from inside the guest, so that neither SSH nor the machine around the guest is in the figure.
 *   stopwatch run PROGRAM ARG...     runs it to its end, its output on stderr
 *   stopwatch ask AGENT REQUEST      speaks the agent's protocol: request, go after ready, until it ends
 *   stopwatch peak AGENT REQUEST     as ask, but untimed: peakRssKb is of the agent alone, without the tools it asked,
 *                                    whose peak wait4(2) counts in
 * Prints {"ns":...,"firstLineNs":...,"peakRssKb":...,"status":...} as its last line. CLOCK_MONOTONIC, wait4(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void say(FILE *to, const char *text)
{
    fputs(text, to);
    fputc('\n', to);
    fflush(to);
}

/* Answers the agent's ready with its go; gives the time of its first line. */
static long long converse(FILE *to, FILE *from, const char *request)
{
    static char line[1 << 20];
    long long first = 0;
    say(to, request);
    while (fgets(line, sizeof line, from)) {
        if (!first)
            first = now();
        char *nonce = strstr(line, "\"type\":\"ready\"") ? strstr(line, "\"nonce\":\"") : NULL;
        if (nonce) {
            nonce += strlen("\"nonce\":\"");
            *strchrnul(nonce, '"') = 0;
            char go[256];
            snprintf(go, sizeof go, "{\"go\":\"%s\"}", nonce);
            say(to, go);
        } else if (strstr(line, "\"kind\":\"outcome\"") || strstr(line, "\"type\":\"error\""))
            fputs(line, stderr);
    }
    return first;
}

/* The agent stops before it ends (PTRACE_EVENT_EXIT of ptrace(2)): the last moment at which the kernel still tells. */
static long peak_until_end(pid_t pid, int *status)
{
    long peak_kb = 0;
    char path[32], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    while (waitpid(pid, status, 0) == pid && WIFSTOPPED(*status)) {
        long passed_on = WSTOPSIG(*status);
        if (*status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
            FILE *file = fopen(path, "r");
            while (file && fgets(line, sizeof line, file))
                sscanf(line, "VmHWM: %ld kB", &peak_kb);
            if (file)
                fclose(file);
            passed_on = 0;
        } else if (passed_on == SIGTRAP) {
            /* Its exec. */
            ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
            passed_on = 0;
        }
        ptrace(PTRACE_CONT, pid, NULL, (void *)passed_on);
    }
    return peak_kb;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int peaks = !strcmp(argv[1], "peak"), asks = peaks || !strcmp(argv[1], "ask");
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return 3;
    long long began = now();
    pid_t pid = fork();
    if (pid == 0) {
        dup2(asks ? in[0] : 0, 0);
        dup2(asks ? out[1] : 2, 1);
        if (peaks)
            ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        char *agent[] = {argv[2], NULL};
        execv(argv[2], asks ? agent : argv + 2);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    /* Who traces waits for the agent, so another speaks with it. */
    pid_t speaker = peaks ? fork() : -1;
    if (speaker == 0) {
        converse(fdopen(in[1], "w"), fdopen(out[0], "r"), argv[3]);
        _exit(0);
    }
    if (peaks) {
        close(in[1]);
        close(out[0]);
    }
    long long first = asks && !peaks ? converse(fdopen(in[1], "w"), fdopen(out[0], "r"), argv[3]) : began;
    int status = 0;
    struct rusage used = {0};
    if (peaks) {
        used.ru_maxrss = peak_until_end(pid, &status);
        waitpid(speaker, NULL, 0);
    } else
        wait4(pid, &status, 0, &used);
    printf("{\"ns\":%lld,\"firstLineNs\":%lld,\"peakRssKb\":%ld,\"status\":%d}\n", now() - began, first - began,
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    return 0;
}
