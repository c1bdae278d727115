/* The floor of a flood: one socket, one thread, one recvfrom(2) per datagram, which is looked at and forgotten. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
    static unsigned char datagram[2048];
    static volatile unsigned seen;
    int room = 1 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(argc > 2 ? atoi(argv[2]) : 0) }, from;
    if (argc < 3 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1) { fprintf(stderr, "udp ADDRESS PORT\n"); return 2; }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);  /* as the server's */
    if (bind(fd, (struct sockaddr *)&at, sizeof at)) { perror("udp"); return 1; }
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &size);
        if (n > 0) seen += datagram[0];
    }
}
