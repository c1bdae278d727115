namespace Godwit.Server.Probes;

/// <summary>What a server says first of a session.</summary>
/// <param name="Session">The session token.</param>
/// <param name="Resumed">Whether the token that was presented was taken.</param>
internal sealed record SessionWelcome(string Session, bool Resumed)
{
    /// <summary>Reads the members that <c>welcome</c> and the answer of an exchange have in common.</summary>
    /// <exception cref="ContractException">One is missing or is not what the contract says.</exception>
    public static SessionWelcome Read(ProbeFields fields, string raw)
    {
        string session = fields.Text("session");
        if (session.Length is 0 or > 512 || session.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ContractException("A session token is 1 to 512 visible ASCII characters.", raw);
        }

        if (fields.Has("expires"))
        {
            fields.Whole("expires");
        }

        return new SessionWelcome(session, fields.Truth("resumed"));
    }
}
