namespace Godwit.Sessions.Frames;

/// <summary>The ops of clients' frames.</summary>
internal static class FrameOps
{
    public const string Hello = "hello";
    public const string Join = "join";
    public const string Leave = "leave";
    public const string Publish = "publish";
    public const string Read = "read";
    public const string Request = "request";
    public const string Members = "members";
    public const string Refresh = "refresh";
    public const string Ping = "ping";

    /// <summary>All of them, for error messages.</summary>
    public const string List = $"{Hello}, {Join}, {Leave}, {Publish}, {Read}, {Request}, {Members}, {Refresh} and {Ping}";

    /// <summary>The op of a name; empty where there is none.</summary>
    public static string Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("join"u8) => Join,
        4 when name.SequenceEqual("read"u8) => Read,
        4 when name.SequenceEqual("ping"u8) => Ping,
        5 when name.SequenceEqual("hello"u8) => Hello,
        5 when name.SequenceEqual("leave"u8) => Leave,
        7 when name.SequenceEqual("publish"u8) => Publish,
        7 when name.SequenceEqual("request"u8) => Request,
        7 when name.SequenceEqual("members"u8) => Members,
        7 when name.SequenceEqual("refresh"u8) => Refresh,
        _ => "",
    };
}
