using Godwit.Server.Comparing.Clients;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Comparing.Servers;

/// <summary>A room on a server with a publisher of its own and, but for one that shows what a server does without any, clients that follow it in one way.</summary>
internal sealed class Trial : IAsyncDisposable
{
    private readonly HttpPublisher _single;
    private readonly BatchPublisher _batch;
    private Task _publishing = Task.CompletedTask;
    private long _head;

    /// <param name="way">How its clients read; null for no clients.</param>
    /// <param name="server">The server.</param>
    /// <param name="room">The room.</param>
    /// <param name="dataBytes">The size of the data of entries.</param>
    /// <param name="timeline">When its entries are published, where another one publishes; null for its own.</param>
    public Trial(Way? way, ComparedServer server, string room, int dataBytes, Timeline? timeline = null)
    {
        (Way, Server, Room) = (way, server, room);
        Timeline = timeline ?? new Timeline(dataBytes);
        _single = new HttpPublisher(server.PublisherTarget(room));
        _batch = new BatchPublisher(server.PublisherTarget(room), isExchange: false);
    }

    /// <summary>How its clients read; null where there are none.</summary>
    public Way? Way { get; }

    public ComparedServer Server { get; }

    public string Room { get; }

    public Timeline Timeline { get; }

    /// <summary>The clients that follow; null before they joined.</summary>
    public Followers? Followers { get; private set; }

    /// <summary>The offset of the newest entry that was acknowledged.</summary>
    public long Head
    {
        get => Interlocked.Read(ref _head);
        set => Interlocked.Exchange(ref _head, value);
    }

    /// <summary>Has clients follow, or more of them if some do already, and returns when they do.</summary>
    /// <param name="count">How many more.</param>
    /// <param name="target">What they read; those that follow already go on as they began, and others do as they do.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="DeploymentException">They cannot.</exception>
    public async Task FollowAsync(int count, ProbeTarget target, CancellationToken cancel)
    {
        Followers ??= new Followers(Way!, target, Timeline, new Random(count));
        await Followers.JoinAsync(count, cancel);
    }

    /// <summary>Ends the clients that follow.</summary>
    public async Task LeaveAsync()
    {
        if (Followers is { } following)
        {
            Followers = null;
            await using (following)
            {
                await following.EndAsync();
            }
        }
    }

    /// <summary>Publishes as soon as what it published before has been acknowledged; it is not waited for.</summary>
    /// <param name="stage">To which stage it counts.</param>
    /// <param name="count">How many entries, by one request.</param>
    /// <param name="at">When they count as published; null for when they are sent.</param>
    /// <param name="cancel">Gives up.</param>
    public void Publish(Stage stage, int count, long? at, CancellationToken cancel) => _publishing = PublishAsync(_publishing, stage, count, at, cancel);

    /// <summary>Waits until everything is acknowledged that was published.</summary>
    /// <exception cref="DeploymentException">The server refuses.</exception>
    public Task PublishedAsync() => _publishing;

    /// <summary>Publishes some entries of no stage that is measured, one after the other.</summary>
    public async Task WarmUpAsync(int count, CancellationToken cancel)
    {
        for (int i = 0; i < count; i++)
        {
            Publish(Stage.Start, 1, null, cancel);
            await PublishedAsync();
        }

        Publish(Stage.Start, count, null, cancel);
        await PublishedAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await LeaveQuietlyAsync();
        await _publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _single.DisposeAsync();
        await _batch.DisposeAsync();
    }

    private async Task LeaveQuietlyAsync()
    {
        if (Followers is { } following)
        {
            Followers = null;
            await following.DisposeAsync();
        }
    }

    private async Task PublishAsync(Task before, Stage stage, int count, long? at, CancellationToken cancel)
    {
        await before;
        IReadOnlyList<PublishOutcome> outcomes;
        try
        {
            long now = at ?? TimeProvider.System.GetTimestamp();
            outcomes = count == 1
                ? [await _single.PublishAsync(Timeline.Next(stage, now), cancel)]
                : await _batch.PublishAllAsync([.. Enumerable.Range(0, count).Select(_ => Timeline.Next(stage, now))], cancel);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new DeploymentException(Server.Fault ?? $"{Server.Mount} does not take a publish: {fault.Message}");
        }
        catch (ContractException)
        {
            throw new DeploymentException($"what answers a publish at {Server.Mount} is not Godwit");
        }

        foreach (PublishOutcome outcome in outcomes)
        {
            if (outcome.Position is null)
            {
                throw new DeploymentException($"{Server.Mount} refuses a publish in {Room} with {outcome.Status} {outcome.Code}{(outcome.Status is 401 or 403 ? "; give a token or an API key that may publish there by --token-file" : "")}");
            }

            Head = Math.Max(Head, outcome.Offset);
        }
    }
}
