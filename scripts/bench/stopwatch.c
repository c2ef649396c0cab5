/*
 * Times one program from inside the guest, so that neither SSH nor the machine around the guest is in the figure.
 *   stopwatch run PROGRAM ARG...     runs it to its end, its output on stderr
 *   stopwatch ask AGENT REQUEST      speaks the agent's protocol: request, go after ready, until it ends
 * Prints {"ns":...,"firstLineNs":...,"peakRssKb":...,"status":...} as its last line. CLOCK_MONOTONIC, wait4(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int asks = !strcmp(argv[1], "ask");
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return 3;
    long long began = now();
    pid_t pid = fork();
    if (pid == 0) {
        dup2(asks ? in[0] : 0, 0);
        dup2(asks ? out[1] : 2, 1);
        char *agent[] = {argv[2], NULL};
        execv(argv[2], asks ? agent : argv + 2);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    long long first = asks ? converse(fdopen(in[1], "w"), fdopen(out[0], "r"), argv[3]) : began;
    int status;
    struct rusage used;
    wait4(pid, &status, 0, &used);
    printf("{\"ns\":%lld,\"firstLineNs\":%lld,\"peakRssKb\":%ld,\"status\":%d}\n", now() - began, first - began,
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    return 0;
}
