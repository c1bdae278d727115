namespace Godwit.Bench.Generator;

/// <summary>What a POST looks like that publishes one entry.</summary>
/// <param name="path">The path that takes it.</param>
/// <param name="credential">The value of <c>Authorization</c>; null for none.</param>
internal class PublishForm(string path, string? credential = null)
{
    /// <summary>The octets of data in each entry.</summary>
    public const int DataLength = 128;

    /// <summary>How many entries one POST carries.</summary>
    public virtual int Entries => 1;

    protected virtual string ContentType => "application/json";

    /// <summary>The whole request whose first entry has a number.</summary>
    public string Compose(long first)
    {
        string body = Body(first);
        string authorization = credential is null ? "" : $"Authorization: {credential}\r\n";
        return $"POST {PathOf(first)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Content-Type: {ContentType}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }

    /// <summary>What is wrong with the body of an answer of success; null when nothing is.</summary>
    public virtual string? Fault(string answer) => null;

    /// <summary>The path that takes the entry with a number.</summary>
    protected virtual string PathOf(long number) => path;

    protected virtual string Body(long first) => Data(first);

    /// <summary>JSON of exactly <see cref="DataLength"/> octets that carries the entry's number.</summary>
    protected static string Data(long number)
    {
        string start = $"{{\"n\":{number},\"pad\":\"";
        return start + new string('x', DataLength - start.Length - 2) + "\"}";
    }
}
