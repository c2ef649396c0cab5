/*
 * page-holder NODE MIB lock|pin: takes so many MiB on one node, and holds them until it is killed.
 *   lock   mlock(2): the kernel moves such pages, as long as there is room elsewhere
 *   pin    vmsplice(2): the last page lies in a pipe as well, so that nobody can move it
 * Says `holding` once it does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BIND = 2, PAGE = 4096 };

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    unsigned long nodes = 1ul << atoi(argv[1]);
    size_t length = (size_t)atol(argv[2]) << 20;
    char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || syscall(SYS_mbind, at, length, BIND, &nodes, sizeof nodes * 8, 0) < 0)
        return perror("mbind"), 1;
    memset(at, 1, length);
    if (strcmp(argv[3], "lock") == 0 && mlock(at, length) < 0)
        return perror("mlock"), 1;
    int ends[2];
    if (strcmp(argv[3], "pin") == 0) {
        struct iovec page = {at + length - PAGE, PAGE};
        if (pipe(ends) < 0 || vmsplice(ends[1], &page, 1, 0) != PAGE)
            return perror("vmsplice"), 1;
    }
    puts("holding");
    fflush(stdout);
    for (;;)
        pause();
}
