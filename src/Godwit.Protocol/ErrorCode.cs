namespace Godwit.Protocol;

/// <summary>One kind of fault: the stable <c>code</c> of problem documents and error frames, with the HTTP status and the WebSocket close code it maps to.</summary>
/// <remarks>
/// This is the only registry. Close codes 4000–4499 mean: reconnect and resume; 4500–4999: do not, the same request would
/// be refused again. PROTOCOL.md lists the same codes; a test compares the two.
/// </remarks>
public sealed class ErrorCode
{
    private static readonly List<ErrorCode> Registry = [];

    private ErrorCode(string code, int status, ushort close, string title)
    {
        Code = code;
        Status = status;
        Close = close;
        Title = title;
        Registry.Add(this);
    }

    /// <summary>The stable name, <c>[a-z0-9]+([._-][a-z0-9]+)*</c>.</summary>
    public string Code { get; }

    /// <summary>The HTTP status of the fault.</summary>
    public int Status { get; }

    /// <summary>The WebSocket close code if the fault ends a connection.</summary>
    public ushort Close { get; }

    /// <summary>One sentence that is the same for every occurrence.</summary>
    public string Title { get; }

    /// <summary>Whether the same request may succeed later without being changed.</summary>
    public bool Temporary => Close is >= 4000 and < 4500;

    /// <summary>All codes, in the order of this file.</summary>
    public static IReadOnlyList<ErrorCode> All => Registry;

    // Connections end; reconnect and resume (4000-4499).
    /// <summary>The server is stopping; reconnect to another and resume.</summary>
    public static readonly ErrorCode Drain = new("drain", 503, 4000, "The server is stopping; reconnect to another and resume.");
    /// <summary>The client did not read what was due to it.</summary>
    public static readonly ErrorCode Stalled = new("connection.stalled", 408, 4001, "The client did not read what was due to it.");
    /// <summary>More control frames were due than the connection took.</summary>
    public static readonly ErrorCode Overloaded = new("connection.overloaded", 503, 4002, "More control frames were due than the connection took.");
    /// <summary>The client did not answer a ping.</summary>
    public static readonly ErrorCode Silent = new("connection.silent", 408, 4003, "The client did not answer a ping.");
    /// <summary>A message was begun and not completed in time.</summary>
    public static readonly ErrorCode MessageTimeout = new("message.timeout", 408, 4004, "A message was begun and not completed in time.");
    /// <summary>The store does not answer.</summary>
    public static readonly ErrorCode StoreAway = new("store.away", 503, 4005, "The store does not answer.");
    /// <summary>The server holds as many connections as it may.</summary>
    public static readonly ErrorCode ServerOverloaded = new("server.overloaded", 503, 4006, "The server holds as many connections as it may.");
    /// <summary>The server failed.</summary>
    public static readonly ErrorCode Internal = new("internal", 500, 4007, "The server failed.");
    /// <summary>The body arrived too slowly.</summary>
    public static readonly ErrorCode BodyTimeout = new("body.timeout", 408, 4008, "The body arrived too slowly.");
    /// <summary>The client did not say hello in time.</summary>
    public static readonly ErrorCode HelloTimeout = new("hello.timeout", 408, 4009, "The client did not say hello in time.");
    /// <summary>More is asked than one caller may.</summary>
    public static readonly ErrorCode RequestsRate = new("requests.rate", 429, 4014, "More is asked than one caller may.");
    /// <summary>More is published than one caller may.</summary>
    public static readonly ErrorCode PublishRate = new("publish.rate", 429, 4010, "More is published than one caller may.");
    /// <summary>More is published to the room than it takes.</summary>
    public static readonly ErrorCode RoomRate = new("room.rate", 429, 4011, "More is published to the room than it takes.");
    /// <summary>More rooms are made by reading than one caller may make.</summary>
    public static readonly ErrorCode RoomsRate = new("rooms.rate", 429, 4012, "More rooms are made by reading than one caller may make.");
    /// <summary>More connections are begun than one address may begin.</summary>
    public static readonly ErrorCode ConnectionsRate = new("connections.rate", 429, 4017, "More connections are begun than one address may begin.");
    /// <summary>The address has as many connections as it may have.</summary>
    public static readonly ErrorCode ConnectionsLimit = new("connections.limit", 429, 4018, "The address has as many connections as it may have.");
    /// <summary>The user has as many sessions as it may have.</summary>
    public static readonly ErrorCode SessionsLimit = new("sessions.limit", 429, 4019, "The user has as many sessions as it may have.");
    /// <summary>The store holds as much of this as it may.</summary>
    public static readonly ErrorCode StoreFull = new("store.full", 503, 4021, "The store holds as much of this as it may.");
    /// <summary>The bodies that are on their way hold as much as they may.</summary>
    public static readonly ErrorCode BodiesFull = new("bodies.full", 503, 4022, "The bodies that are on their way hold as much as they may.");
    /// <summary>One caller has as many memberships as it may have.</summary>
    public static readonly ErrorCode PresenceLimit = new("presence.limit", 429, 4023, "One caller has as many memberships as it may have.");

    // Requests that are wrong as they stand (4500-4999).
    /// <summary>There is nothing at this path.</summary>
    public static readonly ErrorCode PathUnknown = new("path.unknown", 404, 4500, "There is nothing at this path.");
    /// <summary>The path does not take this method.</summary>
    public static readonly ErrorCode MethodUnsupported = new("method.unsupported", 405, 4501, "The path does not take this method.");
    /// <summary>No representation that the client accepts exists.</summary>
    public static readonly ErrorCode AcceptUnsupported = new("accept.unsupported", 406, 4502, "No representation that the client accepts exists.");
    /// <summary>The body is of a media type that is not taken.</summary>
    public static readonly ErrorCode MediaTypeUnsupported = new("media_type.unsupported", 415, 4503, "The body is of a media type that is not taken.");
    /// <summary>Access is not configured, so only local requests are answered.</summary>
    public static readonly ErrorCode AccessUnconfigured = new("access.unconfigured", 401, 4504, "Access is not configured, so only local requests are answered.");
    /// <summary>Requests from this origin are not taken.</summary>
    public static readonly ErrorCode OriginRefused = new("origin.refused", 403, 4505, "Requests from this origin are not taken.");
    /// <summary>The room name is malformed.</summary>
    public static readonly ErrorCode RoomInvalid = new("room.invalid", 400, 4506, "The room name is malformed.");
    /// <summary>The position is malformed.</summary>
    public static readonly ErrorCode PositionInvalid = new("position.invalid", 400, 4507, "The position is malformed.");
    /// <summary>The waiting time is not a number of seconds.</summary>
    public static readonly ErrorCode WaitInvalid = new("wait.invalid", 400, 4508, "The waiting time is not a number of seconds.");
    /// <summary>The number of newest entries is not a number in range.</summary>
    public static readonly ErrorCode LastInvalid = new("last.invalid", 400, 4509, "The number of newest entries is not a number in range.");
    /// <summary>The limit of entries is not a number in range.</summary>
    public static readonly ErrorCode LimitInvalid = new("limit.invalid", 400, 4510, "The limit of entries is not a number in range.");
    /// <summary>A parameter is given more than once.</summary>
    public static readonly ErrorCode ParameterRepeated = new("parameter.repeated", 400, 4511, "A parameter is given more than once.");
    /// <summary>A parameter is given without a value.</summary>
    public static readonly ErrorCode ParameterEmpty = new("parameter.empty", 400, 4512, "A parameter is given without a value.");
    /// <summary>Two parameters exclude each other.</summary>
    public static readonly ErrorCode ParameterConflict = new("parameter.conflict", 400, 4513, "Two parameters exclude each other.");
    /// <summary>The event name is malformed.</summary>
    public static readonly ErrorCode EventInvalid = new("event.invalid", 400, 4514, "The event name is malformed.");
    /// <summary>The event name is reserved.</summary>
    public static readonly ErrorCode EventReserved = new("event.reserved", 400, 4515, "The event name is reserved.");
    /// <summary>The idempotency key is malformed.</summary>
    public static readonly ErrorCode KeyInvalid = new("key.invalid", 400, 4516, "The idempotency key is malformed.");
    /// <summary>The idempotency key of an anonymous publisher can be guessed.</summary>
    public static readonly ErrorCode KeyWeak = new("key.weak", 400, 4517, "The idempotency key of an anonymous publisher can be guessed.");
    /// <summary>The idempotency key was used before with other content.</summary>
    public static readonly ErrorCode KeyReused = new("key.reused", 422, 4518, "The idempotency key was used before with other content.");
    /// <summary>The data is not JSON.</summary>
    public static readonly ErrorCode DataJson = new("data.json", 400, 4519, "The data is not JSON.");
    /// <summary>The JSON is nested too deeply.</summary>
    public static readonly ErrorCode DataDepth = new("data.depth", 400, 4520, "The JSON is nested too deeply.");
    /// <summary>The data is not UTF-8.</summary>
    public static readonly ErrorCode DataUtf8 = new("data.utf8", 400, 4521, "The data is not UTF-8.");
    /// <summary>The JSON escapes half of a surrogate pair.</summary>
    public static readonly ErrorCode DataSurrogate = new("data.surrogate", 400, 4522, "The JSON escapes half of a surrogate pair.");
    /// <summary>The entry is larger than the room takes.</summary>
    public static readonly ErrorCode EntryTooLarge = new("entry.too_large", 413, 4523, "The entry is larger than the room takes.");
    /// <summary>The body is larger than the server takes.</summary>
    public static readonly ErrorCode BodyTooLarge = new("body.too_large", 413, 4524, "The body is larger than the server takes.");
    /// <summary>The WebSocket handshake breaks RFC 6455.</summary>
    public static readonly ErrorCode HandshakeInvalid = new("handshake.invalid", 400, 4525, "The WebSocket handshake breaks RFC 6455.");
    /// <summary>The WebSocket version is not 13.</summary>
    public static readonly ErrorCode HandshakeVersion = new("handshake.version", 426, 4526, "The WebSocket version is not 13.");
    /// <summary>The HTTP request is malformed.</summary>
    public static readonly ErrorCode RequestMalformed = new("request.malformed", 400, 4527, "The HTTP request is malformed.");
    /// <summary>A parameter has a value that it does not take.</summary>
    public static readonly ErrorCode ParameterInvalid = new("parameter.invalid", 400, 4528, "A parameter has a value that it does not take.");
    /// <summary>The line is not a publish.</summary>
    public static readonly ErrorCode LineInvalid = new("line.invalid", 400, 4529, "The line is not a publish.");
    /// <summary>The bytes are not base64.</summary>
    public static readonly ErrorCode DataBase64 = new("data.base64", 400, 4530, "The bytes are not base64.");
    /// <summary>The frame is malformed.</summary>
    public static readonly ErrorCode FrameInvalid = new("frame.invalid", 400, 4542, "The frame is malformed.");
    /// <summary>There is no such op.</summary>
    public static readonly ErrorCode OpUnknown = new("op.unknown", 400, 4543, "There is no such op.");
    /// <summary>The op cannot come here.</summary>
    public static readonly ErrorCode OpUnexpected = new("op.unexpected", 400, 4544, "The op cannot come here.");
    /// <summary>The connection has not joined the room.</summary>
    public static readonly ErrorCode RoomNotJoined = new("room.not_joined", 400, 4545, "The connection has not joined the room.");
    /// <summary>The connection is in as many rooms as it may be.</summary>
    public static readonly ErrorCode RoomsLimit = new("rooms.limit", 400, 4546, "The connection is in as many rooms as it may be.");
    /// <summary>Nothing in the application answers this request.</summary>
    public static readonly ErrorCode RequestUnhandled = new("request.unhandled", 404, 4547, "Nothing in the application answers this request.");
    /// <summary>Frame after frame broke the contract.</summary>
    public static readonly ErrorCode ProtocolBroken = new("protocol", 400, 4548, "Frame after frame broke the contract.");
    /// <summary>None of the subprotocols offered is spoken here.</summary>
    public static readonly ErrorCode HandshakeSubprotocol = new("handshake.subprotocol", 400, 4549, "None of the subprotocols offered is spoken here.");
    /// <summary>The room keeps no list of its members.</summary>
    public static readonly ErrorCode PresenceOff = new("presence.off", 400, 4550, "The room keeps no list of its members.");
    /// <summary>The room has as many members as it may have.</summary>
    public static readonly ErrorCode PresenceFull = new("presence.full", 409, 4555, "The room has as many members as it may have.");
    /// <summary>The session is no member of the room.</summary>
    public static readonly ErrorCode PresenceAbsent = new("presence.absent", 409, 4556, "The session is no member of the room.");
    /// <summary>A member says more of itself than the room takes.</summary>
    public static readonly ErrorCode StateTooLarge = new("state.too_large", 413, 4531, "A member says more of itself than the room takes.");
    /// <summary>The path is for WebSocket.</summary>
    public static readonly ErrorCode UpgradeRequired = new("upgrade.required", 426, 4551, "The path is for WebSocket.");
    /// <summary>Nothing shows which page asks in the name of a user whom the browser identifies.</summary>
    public static readonly ErrorCode OriginMissing = new("origin.missing", 403, 4535, "Nothing shows which page asks in the user's name.");
    /// <summary>A credential is needed, and none was shown.</summary>
    public static readonly ErrorCode CredentialMissing = new("credential.missing", 401, 4537, "A credential is needed, and none was shown.");
    /// <summary>The credential does not allow this.</summary>
    public static readonly ErrorCode AccessDenied = new("access.denied", 403, 4538, "The credential does not allow this.");
    /// <summary>The credential is not of the right form.</summary>
    public static readonly ErrorCode TokenMalformed = new("token.malformed", 401, 4539, "The credential is not of the right form.");
    /// <summary>The token has ended.</summary>
    public static readonly ErrorCode TokenExpired = new("token.expired", 401, 4540, "The token has ended.");
    /// <summary>The token is not signed by a key that is known.</summary>
    public static readonly ErrorCode TokenSignature = new("token.signature", 401, 4541, "The token is not signed by a key that is known.");
    /// <summary>The token is signed by an algorithm that is not taken.</summary>
    public static readonly ErrorCode TokenAlgorithm = new("token.algorithm", 401, 4557, "The token is signed by an algorithm that is not taken.");
    /// <summary>The token does not hold yet.</summary>
    public static readonly ErrorCode TokenEarly = new("token.early", 401, 4558, "The token does not hold yet.");
    /// <summary>The token was made by an issuer that is not taken.</summary>
    public static readonly ErrorCode TokenIssuer = new("token.issuer", 401, 4559, "The token was made by an issuer that is not taken.");
    /// <summary>The token is for another audience.</summary>
    public static readonly ErrorCode TokenAudience = new("token.audience", 401, 4560, "The token is for another audience.");
    /// <summary>The grants of the token are malformed.</summary>
    public static readonly ErrorCode TokenGrants = new("token.grants", 401, 4561, "The grants of the token are malformed.");
    /// <summary>More than one credential was shown.</summary>
    public static readonly ErrorCode CredentialAmbiguous = new("credential.ambiguous", 400, 4562, "More than one credential was shown.");
    /// <summary>The API key is not known.</summary>
    public static readonly ErrorCode ApiKeyUnknown = new("api_key.unknown", 401, 4575, "The API key is not known.");
    /// <summary>A credential stands where it must not.</summary>
    public static readonly ErrorCode CredentialMisplaced = new("credential.misplaced", 400, 4576, "A credential stands where it must not.");
    /// <summary>The credential is another user's.</summary>
    public static readonly ErrorCode CredentialOther = new("credential.other", 403, 4577, "The credential is another user's.");
    /// <summary>The ticket is not good, or not good any more.</summary>
    public static readonly ErrorCode TicketUnknown = new("ticket.unknown", 401, 4563, "The ticket is not good, or not good any more.");
    /// <summary>The ticket is for pages of another origin.</summary>
    public static readonly ErrorCode TicketOrigin = new("ticket.origin", 401, 4564, "The ticket is for pages of another origin.");
    /// <summary>A ticket is not taken here.</summary>
    public static readonly ErrorCode TicketUnsupported = new("ticket.unsupported", 400, 4565, "A ticket is not taken here.");
    /// <summary>The link is not signed for this room.</summary>
    public static readonly ErrorCode LinkInvalid = new("link.invalid", 401, 4566, "The link is not signed for this room.");
    /// <summary>The link has ended.</summary>
    public static readonly ErrorCode LinkExpired = new("link.expired", 401, 4567, "The link has ended.");
    /// <summary>The credential was revoked.</summary>
    public static readonly ErrorCode TokenRevoked = new("token.revoked", 401, 4568, "The credential was revoked.");
    /// <summary>The session was revoked.</summary>
    public static readonly ErrorCode SessionRevoked = new("session.revoked", 401, 4569, "The session was revoked.");
    /// <summary>The token holds for too long.</summary>
    public static readonly ErrorCode TokenLong = new("token.long", 401, 4570, "The token holds for too long.");
    /// <summary>An administrator ended the connection.</summary>
    public static readonly ErrorCode Disconnected = new("admin.disconnected", 403, 4571, "An administrator ended the connection.");
    /// <summary>An administrator took the reader out of the room.</summary>
    public static readonly ErrorCode Removed = new("admin.removed", 403, 4572, "An administrator took the reader out of the room.");
    /// <summary>There is no such room.</summary>
    public static readonly ErrorCode RoomUnknown = new("room.unknown", 404, 4573, "There is no such room.");
    /// <summary>The position is not of the room's log.</summary>
    public static readonly ErrorCode PositionUnknown = new("position.unknown", 409, 4574, "The position is not of the room's log.");
    /// <summary>The application did not answer in time.</summary>
    public static readonly ErrorCode RequestTimeout = new("request.timeout", 504, 4013, "The application did not answer in time.");
    /// <summary>The application refuses the request.</summary>
    public static readonly ErrorCode RequestRefused = new("request.refused", 400, 4553, "The application refuses the request.");
    /// <summary>The data is not what is expected here.</summary>
    public static readonly ErrorCode DataUnfit = new("data.unfit", 400, 4554, "The data is not what is expected here.");
    /// <summary>The SDP is malformed.</summary>
    public static readonly ErrorCode SdpInvalid = new("sdp.invalid", 400, 4578, "The SDP is malformed.");
    /// <summary>The SDP asks for what cannot be.</summary>
    public static readonly ErrorCode SdpUnusable = new("sdp.unusable", 422, 4579, "The SDP offers nothing that can be answered.");
    /// <summary>There is no such peer.</summary>
    public static readonly ErrorCode PeerUnknown = new("peer.unknown", 404, 4580, "There is no such peer.");
    /// <summary>Data channels are not set up for this client.</summary>
    public static readonly ErrorCode WebRtcUnconfigured = new("webrtc.unconfigured", 501, 4581, "Data channels are not set up for clients from there.");
    /// <summary>The answer has no room for this any more.</summary>
    public static readonly ErrorCode AnswerFull = new("answer.full", 400, 4552, "The answer has no room for this any more.");
}
