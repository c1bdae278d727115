using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Sessions;

/// <summary>A client of a session stream.</summary>
internal sealed class SessionStream : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private SessionStream(HttpResponseMessage answer, StreamReader reader) => (_answer, _reader) = (answer, reader);

    public List<string> Lines { get; } = [];

    public string? MediaType => _answer.Content.Headers.ContentType?.MediaType;

    public static Task<HttpResponseMessage> PostAsync(HttpClient client, RunningServer server, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Root, "rt/session")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("text/event-stream");
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<SessionStream> OpenAsync(HttpClient client, RunningServer server, string body)
    {
        HttpResponseMessage answer = await PostAsync(client, server, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return new SessionStream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
    }

    public async Task<JsonElement> ReadAsync() => await ReadOrEndAsync() ?? throw new ContractException("The stream ended.", "");

    public async Task<JsonElement?> ReadOrEndAsync()
    {
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken) is { } line)
        {
            Lines.Add(line);
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonDocument.Parse(line["data: ".Length..]).RootElement;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }
}
