using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Server.Configuration;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Commands;

/// <summary><c>godwit key</c>: makes an API key for a backend.</summary>
internal static class KeyCommand
{
    public static Command Create()
    {
        var form = new NameForm("the name", 64, "_.-");
        var name = new Option<string>("--name")
        {
            Description = "What logs call the key, and what its idempotency keys belong to.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => "backend",
        };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && form.Parse(text, out _) is { } problem)
            {
                result.AddError($"--name: {problem}; it takes {form.Rule}.");
            }
        });
        Option<string[]> grants = GrantFlag.Create("What the key may do; everything in every room if it is not given.");
        var admin = new Option<bool>("--admin") { Description = "Let it administrate too." };
        var command = new Command("key", "Make an API key for a backend. The key is shown this once; the server is given its hash.") { name, grants, admin };
        command.SetAction(async (parsed, _) =>
        {
            string[] given = parsed.GetValue(grants)!;
            string key = ApiKey.Create();
            TextWriter output = parsed.InvocationConfiguration.Output;
            await output.WriteLineAsync(key);
            await output.WriteLineAsync();
            await output.WriteLineAsync("This is the key, for the backend: Authorization: Bearer and the key. It is not shown again.");
            await output.WriteLineAsync($"For the server's configuration, in access.apiKeys:");
            await output.WriteLineAsync();
            await output.WriteLineAsync(Entry(new ApiKeyScope
            {
                Name = parsed.GetValue(name)!,
                Hash = ApiKey.HashOf(key),
                Grants = given.Length == 0 ? Grants.Everything : GrantFlag.Read(given),
                IsAdmin = parsed.GetValue(admin),
            }));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Entry(ApiKeyScope key)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            AccessSettings.ApiKey.WriteValues(json, key);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
