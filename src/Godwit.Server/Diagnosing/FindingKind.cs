namespace Godwit.Server.Diagnosing;

/// <summary>What can be wrong on the way to a server, and what is to be set where.</summary>
internal sealed class FindingKind
{
    private static readonly List<FindingKind> Registry = [];

    private FindingKind(string code, string title, string nginx, string haproxy, bool isAdvice = false)
    {
        (Code, Title, Nginx, Haproxy, IsAdvice) = (code, title, nginx, haproxy, isAdvice);
        Registry.Add(this);
    }

    /// <summary>The stable name.</summary>
    public string Code { get; }

    /// <summary>One sentence that is the same each time.</summary>
    public string Title { get; }

    /// <summary>What to set in nginx.</summary>
    public string Nginx { get; }

    /// <summary>What to set in HAProxy.</summary>
    public string Haproxy { get; }

    /// <summary>Whether everything works, and only could be better.</summary>
    public bool IsAdvice { get; }

    /// <summary>All of them, in the order of this file.</summary>
    public static IReadOnlyList<FindingKind> All => Registry;

    // The connection.
    public static readonly FindingKind TlsUntrusted = new("tls.untrusted", "Clients do not trust the certificate.",
        "ssl_certificate: the certificate with its chain, for this name", "bind … ssl crt: the certificate, its chain and its key, for this name");
    public static readonly FindingKind Http2Missing = new("http2.missing", "There is no HTTP/2, so a browser has six connections for all streams and polls of all its pages.",
        "listen 443 ssl http2;", "bind … alpn h2,http/1.1", isAdvice: true);
    public static readonly FindingKind Gateway = new("gateway", "The proxy answers by itself: it does not reach a server.",
        "proxy_pass: the address at which the server listens; see error_log", "server …: the address at which the server listens, and its check; see the log");
    public static readonly FindingKind StoreUnshared = new("store.unshared", "Several servers answer that do not have the same rooms.",
        "upstream: servers that share a store (--redis), or only one", "backend: servers that share a store (--redis), or only one");

    // What requests and answers carry.
    public static readonly FindingKind HostChanged = new("header.host", "The server is not told the name that clients ask for, so pages of its own origin are refused.",
        "proxy_set_header Host $http_host;", "no http-request set-header Host, and no http-send-name-header");
    public static readonly FindingKind SchemeUntold = new("header.x-forwarded-proto", "The server is not told that clients come over TLS, so it takes pages of http:// for its own.",
        "proxy_set_header X-Forwarded-Proto $scheme;", "http-request set-header X-Forwarded-Proto https", isAdvice: true);
    public static readonly FindingKind TakenForLocal = new("access.local", "The server takes what comes through the proxy for requests of its own machine, and lets everybody do everything.",
        "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; and configure access", "http-request set-header X-Forwarded-For %[src], and configure access");
    public static readonly FindingKind AuthorizationDropped = new("header.authorization", "The credential does not arrive.",
        "no proxy_set_header Authorization, and no auth_basic here", "no http-request del-header Authorization, and no http-request auth here");
    public static readonly FindingKind KeyDropped = new("header.idempotency-key", "Idempotency keys do not arrive: what is sent again is stored twice.",
        "no proxy_set_header Idempotency-Key", "no http-request del-header Idempotency-Key");
    public static readonly FindingKind LastEventIdDropped = new("header.last-event-id", "Last-Event-ID does not arrive: an EventSource that comes back begins anew.",
        "no proxy_set_header Last-Event-ID", "no http-request del-header Last-Event-ID");
    public static readonly FindingKind AcceptChanged = new("header.accept", "Accept does not arrive as it was sent, so there are no streams.",
        "no proxy_set_header Accept", "no http-request set-header or del-header Accept");
    public static readonly FindingKind ContentTypeChanged = new("header.content-type", "Content-Type does not arrive as it was sent.",
        "no proxy_set_header Content-Type; proxy_pass_request_headers on;", "no http-request set-header or del-header Content-Type");
    public static readonly FindingKind ResponseHeaderDropped = new("header.response", "Headers of answers are dropped or changed.",
        "no proxy_hide_header, expires or add_header Cache-Control here", "no http-response del-header or set-header here");
    public static readonly FindingKind Preflight = new("cors.preflight", "The preflight of a page of another origin is not answered by the server.",
        "pass OPTIONS on: no return, limit_except or auth_basic here", "pass OPTIONS on: no http-request return or deny for it");
    public static readonly FindingKind CorsTwice = new("cors.repeated", "The proxy adds CORS headers to the server's own; browsers refuse both together.",
        "no add_header Access-Control-Allow-…; list the pages in the server's origins", "no http-response add-header Access-Control-Allow-…; list the pages in the server's origins");
    public static readonly FindingKind Cached = new("cache", "Answers come out of a cache: clients miss entries.",
        "proxy_cache off; and no Cache-Control in proxy_ignore_headers", "no http-request cache-use here");

    // Bodies of requests.
    public static readonly FindingKind BodyLimited = new("body.limit", "The proxy takes smaller bodies than the server does.",
        "client_max_body_size 0;", "no http-request deny by req.body_size or req.hdr(content-length)");
    public static readonly FindingKind RequestBuffered = new("request.buffered", "Requests are passed on only when they are complete: lines of a publish stream wait for its end.",
        "proxy_request_buffering off; proxy_http_version 1.1;", "no option http-buffer-request, and no http-request wait-for-body");

    // Transports.
    public static readonly FindingKind StreamBuffered = new("stream.buffered", "Streams are kept back until a buffer is full.",
        "proxy_buffering off; and no X-Accel-Buffering in proxy_ignore_headers", "option http-no-delay, and no http-response wait-for-body");
    public static readonly FindingKind StreamCompressed = new("stream.compressed", "Streams are compressed, which keeps entries back until a block is full.",
        "no text/event-stream or application/x-ndjson in gzip_types", "no text/event-stream or application/x-ndjson in compression type");
    public static readonly FindingKind StreamCut = new("stream.cut", "Streams are cut while nothing is said on them.",
        "proxy_read_timeout 75s; proxy_send_timeout 75s;", "timeout server 75s, timeout client 75s");
    public static readonly FindingKind StreamRefused = new("stream.refused", "A stream is not answered as one.",
        "pass every request below the mount point to the server: one location", "pass every request below the mount point to the server: one use_backend");
    public static readonly FindingKind PollCut = new("poll.cut", "A held poll is cut before the server answers it.",
        "proxy_read_timeout 75s;", "timeout server 75s, timeout client 75s");
    public static readonly FindingKind UpgradeStripped = new("websocket.upgrade", "Upgrade is not passed on, so there are no WebSockets.",
        "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; (a map: docs/operations/nginx.conf)", "no http-request del-header Upgrade or Connection, and mode http");
    public static readonly FindingKind WebSocketRefused = new("websocket.refused", "WebSockets are refused.",
        "pass the handshake to the server: location and proxy_set_header Upgrade as in docs/operations/nginx.conf", "pass the handshake to the server: no http-request deny for it");
    public static readonly FindingKind SubprotocolDropped = new("websocket.subprotocol", "Sec-WebSocket-Protocol does not come through: browsers refuse such a session.",
        "no proxy_set_header or proxy_hide_header Sec-WebSocket-Protocol", "no http-request or http-response del-header Sec-WebSocket-Protocol");
    public static readonly FindingKind WebSocketStalled = new("websocket.stalled", "What is sent on a WebSocket does not arrive, or does not come back.",
        "proxy_buffering off;", "no filter in this backend; option http-no-delay");
    public static readonly FindingKind WebSocketCut = new("websocket.cut", "WebSockets are cut while nothing is said on them.",
        "proxy_read_timeout 75s; proxy_send_timeout 75s;", "timeout tunnel 75s");
}
