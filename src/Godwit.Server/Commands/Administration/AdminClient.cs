using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands.Administration;

/// <summary>Asks a server what <c>godwit admin</c> is told to: by the requests of PROTOCOL.md and nothing else.</summary>
internal sealed class AdminClient(ServerAccess server, TextWriter output, TextWriter error) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ProbeConnection _connection = new(server.Room(""));

    /// <summary>Asks once, and prints the answer on a line.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> AskAsync(HttpMethod method, string path, string? body, CancellationToken cancel)
    {
        if (await SendAsync(method, path, body, cancel) is not { } answer)
        {
            return ExitCode.Environment;
        }

        using (answer)
        {
            await output.WriteLineAsync(answer.RootElement.GetRawText());
        }

        return ExitCode.Done;
    }

    /// <summary>Prints a list, an item a line, page after page.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ListAsync(string path, string items, string query, CancellationToken cancel)
    {
        for (string? next = query; next is not null;)
        {
            if (await SendAsync(HttpMethod.Get, path + next, null, cancel) is not { } answer)
            {
                return ExitCode.Environment;
            }

            using (answer)
            {
                foreach (JsonElement item in answer.RootElement.GetProperty(items).EnumerateArray())
                {
                    await output.WriteLineAsync(item.GetRawText());
                }

                next = answer.RootElement.TryGetProperty("next", out JsonElement link) ? link.GetString() : null;
            }
        }

        return ExitCode.Done;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<JsonDocument?> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{server.Mount.AbsoluteUri.TrimEnd('/')}/{path}"));

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using HttpResponseMessage answer = await _connection.SendAsync(request, patience.Token);
            string text = await answer.Content.ReadAsStringAsync(patience.Token);
            JsonDocument document = JsonDocument.Parse(text);
            if (answer.IsSuccessStatusCode)
            {
                return document;
            }

            using (document)
            {
                await error.WriteLineAsync($"godwit: {(int)answer.StatusCode} {Text(document, "code")}: {Text(document, "title")} {Text(document, "detail")}".TrimEnd());
            }
        }
        catch (Exception failure) when (failure is JsonException || ServerContact.IsNetwork(failure, cancel))
        {
            await error.WriteLineAsync($"godwit: no Godwit answers at {server.Mount}: {(failure is JsonException ? "what answers is something else" : ServerContact.Explain(failure, server.Mount, Patience))}");
        }

        return null;
    }

    private static string Text(JsonDocument problem, string name) =>
        problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
}
