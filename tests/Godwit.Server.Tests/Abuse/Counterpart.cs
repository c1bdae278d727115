using System.Net.Sockets;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Well-behaved clients that abusers are compared with.</summary>
internal abstract class Counterpart
{
    /// <summary>Goes on until it is cancelled.</summary>
    /// <param name="root">The server.</param>
    /// <param name="mayGoOn">Whether the server has spent less on them than it may.</param>
    /// <param name="cancel">Ends it.</param>
    public abstract Task RunAsync(Uri root, Func<bool> mayGoOn, CancellationToken cancel);
}

/// <summary>Some clients that poll, evenly.</summary>
internal sealed class Pollers : Counterpart
{
    private const int Connections = 8;

    /// <summary>The room that each of them polls, and from where.</summary>
    public required Func<int, string> Query { get; init; }

    public override Task RunAsync(Uri root, Func<bool> mayGoOn, CancellationToken cancel) =>
        Task.WhenAll(Enumerable.Range(0, Connections).Select(index => Task.Run(() => PollAsync(new Uri(root, $"rt/rooms/{Query(index)}"), mayGoOn, cancel), CancellationToken.None)));

    private static async Task PollAsync(Uri url, Func<bool> mayGoOn, CancellationToken cancel)
    {
        using var client = new HttpClient();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (mayGoOn())
                {
                    using HttpResponseMessage answer = await client.GetAsync(url, cancel);
                }
                else
                {
                    await Task.Delay(1, cancel);
                }
            }
            catch (Exception end) when (end is OperationCanceledException or HttpRequestException or SocketException)
            {
                return;
            }
        }
    }
}

/// <summary>Users who open a page all within one second, say hello, and are gone after some seconds; and then the next.</summary>
internal sealed class Visitors : Counterpart
{
    // As long as whoever does not say hello is borne with.
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(5);

    /// <summary>How many come at a time.</summary>
    public required int Count { get; init; }

    public override async Task RunAsync(Uri root, Func<bool> mayGoOn, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            if (mayGoOn())
            {
                await Task.WhenAll(Enumerable.Range(0, Count).Select(index => Task.Run(() => VisitAsync(root, index, cancel), CancellationToken.None)));
            }
            else
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }

    private static async Task VisitAsync(Uri root, int index, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(Random.Shared.Next(1000), cancel);
            using Socket socket = await Abuser.ConnectAsync(root, cancel);
            await Abuser.SendAsync(socket, Abuser.Upgrade(root, index, "/rt/session"), cancel);
            await socket.SendAsync(Frames.Text("""{"op":"hello"}"""), cancel);
            await Abuser.DrinkAsync(socket, cancel).WaitAsync(Stay, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            // Over.
        }
    }
}

/// <summary>Clients who all at once send large bodies, to their end; and then the next.</summary>
internal sealed class Uploaders : Counterpart
{
    /// <summary>How many come at a time.</summary>
    public required int Count { get; init; }

    public override async Task RunAsync(Uri root, Func<bool> mayGoOn, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            if (mayGoOn())
            {
                await Task.WhenAll(Enumerable.Range(0, Count).Select(index => Task.Run(() => UploadAsync(root, index, cancel), CancellationToken.None)));
            }
            else
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }

    private static async Task UploadAsync(Uri root, int index, CancellationToken cancel)
    {
        try
        {
            using Socket socket = await Abuser.ConnectAsync(root, cancel);
            await Abuser.SendAsync(socket, StalledBodies.Head(root, index), cancel);
            Task drinking = Abuser.DrinkAsync(socket, cancel);
            for (int sent = 0; sent < StalledBodies.Length && !drinking.IsCompleted; sent += StalledBodies.Piece.Length)
            {
                await Abuser.SendAsync(socket, sent == 0 ? StalledBodies.Valid : StalledBodies.Piece, cancel);
            }

            // Until the answer is there, or long enough.
            socket.Shutdown(SocketShutdown.Send);
            await drinking.WaitAsync(TimeSpan.FromSeconds(5), cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            // Over, or refused for the moment.
        }
    }
}
