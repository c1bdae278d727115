/* The floor: the least a server can do for one room over WebSocket. One thread, one epoll, one frame built per entry,
   one send(2) per reader and entry. No TLS, no log, no resume, no limits. What it leaves out of RFC 6455: the key of
   the handshake is not hashed, and what readers send is thrown away. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FD = 65536, HEAD = 8192 };
struct request { int length; char text[HEAD]; };            /* held while a connection speaks HTTP */
static const char created[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
static struct request *http[MAX_FD];
static int readers[MAX_FD], place[MAX_FD], count;           /* place: 1 + index in readers, 0: none */

static void drop(int fd) {
    if (place[fd]) {                                        /* the last reader takes the free place */
        int last = readers[--count];
        readers[place[fd] - 1] = last; place[last] = place[fd]; place[fd] = 0;
    }
    free(http[fd]); http[fd] = NULL; close(fd);
}

/* A full socket is waited for: the floor loses nothing and keeps no queue. */
static void send_all(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t n = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) { bytes += n; length -= n; }
        else if (n < 0 && errno == EAGAIN) { struct pollfd full = { fd, POLLOUT, 0 }; poll(&full, 1, -1); }
        else return;                                        /* its end is read by recv */
    }
}

static void publish(const char *data, int length) {
    static unsigned long long offset;
    static char frame[HEAD + 64];
    char text[HEAD + 48];
    int size = sprintf(text, "{\"offset\":%llu,\"data\":%.*s}", ++offset, length, data), head = 2;
    frame[0] = (char)0x81;
    if (size < 126) frame[1] = (char)size;
    else { frame[1] = 126; frame[2] = (char)(size >> 8); frame[3] = (char)size; head = 4; }
    memcpy(frame + head, text, size);
    for (int i = 0; i < count; i++) send_all(readers[i], frame, head + size);
}

/* Answers the complete requests that a connection has sent. Returns 0 to drop it. */
static int serve(int fd) {
    struct request *r = http[fd];
    for (;;) {
        r->text[r->length] = 0;
        char *end = strstr(r->text, "\r\n\r\n");
        if (!end) return r->length < HEAD - 1;
        end += 4;
        if (strncmp(r->text, "POST ", 5) == 0) {
            char *field = strcasestr(r->text, "\r\ncontent-length:");
            int body = field && field < end ? atoi(field + 17) : 0, whole = (int)(end - r->text) + body;
            if (body < 0 || whole >= HEAD) return 0;
            if (r->length < whole) return 1;
            publish(end, body);
            send_all(fd, created, sizeof created - 1);
            memmove(r->text, r->text + whole, r->length -= whole);
        } else {
            free(r); http[fd] = NULL;
            readers[count] = fd; place[fd] = ++count;
            send_all(fd, upgraded, sizeof upgraded - 1);
            return 1;
        }
    }
}

int main(int argc, char **argv) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), poller = epoll_create1(0);
    struct sockaddr_in at = { AF_INET, htons(argc > 1 ? atoi(argv[1]) : 0), { htonl(INADDR_LOOPBACK) }, { 0 } };
    struct epoll_event event = { EPOLLIN, { .fd = listener } }, ready[512];
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) { perror("floor"); return 1; }
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poller, ready, 512, -1);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                    if (fd >= MAX_FD) { close(fd); continue; }
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    http[fd] = malloc(sizeof *http[fd]); http[fd]->length = 0;
                    event.data.fd = fd; epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            static char unread[HEAD];
            struct request *r = http[fd];
            ssize_t got = recv(fd, r ? r->text + r->length : unread, r ? HEAD - 1 - r->length : HEAD, 0);
            if (got > 0 && r) { r->length += got; if (!serve(fd)) drop(fd); }
            else if (got == 0 || (got < 0 && errno != EAGAIN)) drop(fd);
        }
    }
}
