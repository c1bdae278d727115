using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Configuration.Sources;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands;

/// <summary>The flags by which a command finds a server and is let in, with the environment variables that stand for them.</summary>
internal sealed class ServerFlags
{
    private readonly Option<string?> _url;
    private readonly Option<string?> _token;
    private readonly Option<string?> _tokenFile;
    private readonly Option<string?> _caCert;
    private readonly Option<bool> _http2;

    /// <summary>Makes the flags.</summary>
    /// <param name="isRecursive">Whether they may stand behind the names of sub-commands.</param>
    public ServerFlags(bool isRecursive = false)
    {
        _url = Text(["--url"], "URL", $"The mount point of a server, any of those that share a store; or {ClientVariable.Url}. {ServerAccess.DefaultMount} by default.", isRecursive);
        _token = Text(["--token", "--key"], "TOKEN", $"A token or an API key; others at this machine can see it while the command runs, so rather --token-file, or {ClientVariable.Token}.", isRecursive);
        _tokenFile = Text(["--token-file", "--key-file"], "FILE", $"A file with one; or {ClientVariable.TokenFile}. Not needed at the machine of a server whose access is not configured.", isRecursive);
        _caCert = Text(["--cacert"], "FILE", $"Certificates (PEM) to trust, and what they have signed, in place of those that this machine trusts; or {ClientVariable.CaCert}.", isRecursive);
        _http2 = new Option<bool>("--http2") { Description = "Use HTTP/2: over TLS, or in clear text where the server has an address of h2c://.", Recursive = isRecursive };
    }

    /// <summary>The flags of who shows what to whom, without the URL.</summary>
    public IReadOnlyList<Option> Access => [_token, _tokenFile, _caCert, _http2];

    /// <summary>All flags.</summary>
    public IReadOnlyList<Option> All => [_url, .. Access];

    /// <summary>Reads them with the URL among them.</summary>
    /// <exception cref="ServerFault">One of them is wrong.</exception>
    public ServerAccess Read(ParseResult parsed)
    {
        string? given = parsed.GetValue(_url);
        string? variable = given is null ? Variable(ClientVariable.Url) : null;
        return Read(parsed, given ?? variable ?? ServerAccess.DefaultMount, variable is null ? "--url" : ClientVariable.Url);
    }

    /// <summary>Reads those without the URL.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="url">The URL.</param>
    /// <param name="source">Where the URL stands.</param>
    /// <exception cref="ServerFault">One of them is wrong.</exception>
    public ServerAccess Read(ParseResult parsed, string url, string source)
    {
        (Uri mount, bool isH2c) = ServerAccess.ReadMount(url, source);
        string? given = parsed.GetValue(_caCert);
        string? file = given ?? Variable(ClientVariable.CaCert);
        ProbeCarrier carrier = isH2c || parsed.GetValue(_http2) ? ProbeCarrier.Http2 : ProbeCarrier.Http1;
        return new ServerAccess { Mount = mount, Token = Token(parsed), Carrier = file is null ? carrier : carrier with { Roots = Roots(file, given is null ? ClientVariable.CaCert : _caCert.Name) } };
    }

    private static Option<string?> Text(string[] names, string shown, string about, bool isRecursive) =>
        new(names[0], names[1..]) { Description = about, HelpName = shown, Recursive = isRecursive };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private string? Token(ParseResult parsed)
    {
        string? given = parsed.GetValue(_token);
        string? file = parsed.GetValue(_tokenFile);
        if (given is not null && file is not null)
        {
            throw new ServerFault($"{Name(parsed, _token)} and {Name(parsed, _tokenFile)} are both given; leave one");
        }

        if (given is not null)
        {
            return Checked(given, Name(parsed, _token));
        }

        if (file is null && Variable(ClientVariable.Token) is { } variable)
        {
            return Checked(variable, ClientVariable.Token);
        }

        string source = file is null ? ClientVariable.TokenFile : Name(parsed, _tokenFile);
        if ((file ?? Variable(ClientVariable.TokenFile)) is not { } path)
        {
            return null;
        }

        try
        {
            return Checked(File.ReadAllText(path).Trim(), source);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerFault($"{source}: {failure.Message}");
        }
    }

    private static string Name(ParseResult parsed, Option option) => (parsed.GetResult(option) as OptionResult)?.IdentifierToken?.Value ?? option.Name;

    private static string Checked(string token, string source) => token.Length is > 0 and <= 8192 && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
        ? token
        : throw new ServerFault($"{source}: it holds no API key, which godwit key makes, and no token: one line of visible characters");

    private static X509Certificate2Collection Roots(string file, string source)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ServerFault($"{source}: {failure.Message}");
        }

        return roots.Count > 0 ? roots : throw new ServerFault($"{source}: {file} has no certificate; it takes PEM, with lines BEGIN CERTIFICATE");
    }
}
