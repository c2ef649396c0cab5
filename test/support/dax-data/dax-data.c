/* dax-data DEVICE BYTES: maps the whole device, writes to every 2 MiB of it, and reads it back through a second mapping. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 2 << 20 };

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    size_t length = strtoull(argv[2], NULL, 10), at;
    int fd = open(argv[1], O_RDWR);
    volatile uint64_t *one = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    volatile uint64_t *two = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    if (one == MAP_FAILED || two == MAP_FAILED)
        return perror(argv[1]), 1;
    for (at = 0; at < length; at += STEP)
        one[at / 8] = at ^ 0x5aa5;
    for (at = 0; at < length; at += STEP)
        if (two[at / 8] != (at ^ 0x5aa5))
            return printf("%zu is another\n", at), 1;
    puts("whole");
    return 0;
}
