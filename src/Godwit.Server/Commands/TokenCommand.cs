using System.CommandLine;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.Server.Configuration;
using Godwit.Server.Configuration.Forms;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.Server.Commands;

/// <summary><c>godwit token</c>: signs a token with the configured secret, for development and tests.</summary>
internal sealed class TokenCommand : ConfiguredCommand
{
    private static readonly DurationForm Duration = new(new SettingRange<TimeSpan>(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)));

    private readonly Option<string> _user = new("--sub") { Description = "The user: 1 to 200 visible characters.", HelpName = "USER", Required = true };
    private readonly Option<string[]> _grants = GrantFlag.Create("What the user may do beside what policies allow.");
    private readonly Option<string> _life = new("--for") { Description = $"How long it holds: {Duration.Rule}.", HelpName = Duration.Placeholder, DefaultValueFactory = static _ => "1h" };

    public TokenCommand()
        : base("token", "Print a token of a user, signed by HS256 with the first of access.secrets, with the first of access.issuers and access.audiences in it. For development and tests: in production the backend makes tokens.")
    {
        var name = new NameForm("the user", 200);
        _user.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && name.Parse(text, out _) is { } problem)
            {
                result.AddError($"--sub: {problem}; it takes {name.Rule}.");
            }
        });
        _life.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && Duration.Parse(text, out _) is { } problem)
            {
                result.AddError($"--for: {problem}; it takes {Duration.Rule}.");
            }
        });
        Options.Add(_user);
        Options.Add(_grants);
        Options.Add(_life);
    }

    protected override string Consequence => "; no token was made";

    protected override async Task<int> RunAsync(LoadedConfiguration configuration, ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (configuration.Settings.TokenSecrets is not [var secret, ..])
        {
            await error.WriteLineAsync($"godwit: there is no secret to sign with; set {AccessSettings.Secrets}, in the file of --config for example.");
            return ExitCode.Configuration;
        }

        Duration.Parse(parsed.GetValue(_life)!, out TimeSpan life);
        if (life + configuration.Settings.Http.Access.ClockSkew > configuration.Settings.Engine.RevocationLife)
        {
            await error.WriteLineAsync("godwit: --for: the server would refuse a token that holds for longer, with access.clockSkew, than it remembers revocations: access.revocationLife.");
            return ExitCode.Configuration;
        }

        string payload = Payload(configuration.Settings, parsed.GetValue(_user)!, GrantFlag.Read(parsed.GetValue(_grants)!), TimeProvider.System.GetUtcNow(), life);
        var key = new SymmetricSecurityKey(secret.Value.Secret.Octets.ToArray());
        await output.WriteLineAsync(new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(payload, new SigningCredentials(key, SecurityAlgorithms.HmacSha256)));
        return ExitCode.Done;
    }

    private static string Payload(ServerSettings settings, string user, Grants grants, DateTimeOffset now, TimeSpan life)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("sub", user);
            if (settings.Issuers.Count > 0)
            {
                json.WriteString("iss", settings.Issuers[0]);
            }

            if (settings.Audiences.Count > 0)
            {
                json.WriteString("aud", settings.Audiences[0]);
            }

            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + life).ToUnixTimeSeconds());
            json.WriteString("jti", Guid.NewGuid().ToString("N"));
            if (grants.Items.Count > 0)
            {
                json.WritePropertyName("godwit");
                grants.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
