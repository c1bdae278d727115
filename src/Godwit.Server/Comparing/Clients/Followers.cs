using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Comparing.Clients;

/// <summary>Clients that follow one room in the same way.</summary>
internal sealed class Followers : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // So many ask to connect at a time, which no listen queue is too short for.
    private const int AtOnce = 32;

    private readonly CancellationTokenSource _end = new();
    private readonly List<FollowingClient> _clients = [];
    private readonly Way _way;
    private readonly ProbeTarget _target;
    private readonly Timeline _timeline;
    private readonly Random _random;
    private readonly List<Task> _running = [];
    private double? _phase;

    /// <param name="way">How they read.</param>
    /// <param name="target">What they read.</param>
    /// <param name="timeline">When its entries are published.</param>
    /// <param name="random">When those that poll begin.</param>
    public Followers(Way way, ProbeTarget target, Timeline timeline, Random random)
    {
        (_way, _target, _timeline, _random) = (way, target, timeline, random);
    }

    /// <summary>How many they are.</summary>
    public int Number => _clients.Count;

    /// <summary>What they have done so far, together.</summary>
    public FollowingCount Count => _clients.Aggregate(FollowingCount.None, static (sum, client) => sum + client.Count);

    /// <summary>How many connections they hold open.</summary>
    public int OpenConnections => _clients.Sum(static client => client.OpenConnections);

    /// <summary>Entries that did not reach one of them, and those that reached one more than once, so far.</summary>
    public (long Lost, long Duplicates) Faults => (_clients.Sum(static client => client.Lost), _clients.Sum(static client => client.Duplicates));

    /// <summary>Entries that they did without, where only the newest matters.</summary>
    public long Skipped => _clients.Sum(static client => client.Skipped);

    /// <summary>The share of them that have everything up to an offset.</summary>
    public bool HaveAll(long head) => _clients.TrueForAll(client => client.Last >= head);

    /// <summary>How many entries up to an offset they have not been given.</summary>
    public long Behind(long head) => _clients.Sum(client => Math.Max(0, head - client.Last));

    /// <summary>How late entries of a stage were, in ms. For when they have ended.</summary>
    public double[] LatenciesOf(Stage stage) => [.. _clients.SelectMany(client => client.LatenciesOf(stage)).Select(static ms => (double)ms).Order()];

    /// <summary>Has more of them connect, and returns once everybody has a position.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="DeploymentException">One of them gets none.</exception>
    public async Task JoinAsync(int count, CancellationToken cancel)
    {
        FollowingClient[] more = [.. Enumerable.Range(0, count).Select(_ => new FollowingClient(_way, Target(), _timeline))];
        _clients.AddRange(more);
        try
        {
            foreach (FollowingClient[] some in more.Chunk(AtOnce))
            {
                _running.AddRange(some.Select(client => Task.Run(() => client.RunAsync(_end.Token), CancellationToken.None)));
                await Task.WhenAll(some.Select(static client => client.Joined)).WaitAsync(Patience, cancel);
            }
        }
        catch (TimeoutException)
        {
            throw new DeploymentException(FormattableString.Invariant($"{_target.Mount} does not let {_clients.Count} clients follow by {_way.Phrase} within {Patience.TotalSeconds} s; give fewer with --clients and --waiting"));
        }
    }

    /// <summary>Cuts the connections of all.</summary>
    public void Drop() => _clients.ForEach(static client => client.Drop());

    /// <summary>Ends them.</summary>
    /// <exception cref="DeploymentException">One of them was sent something that breaks the contract.</exception>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        try
        {
            await Task.WhenAll(_running);
        }
        catch (Exception fault) when (fault is ContractException)
        {
            throw new DeploymentException($"{_target.Mount} breaks the wire contract: {fault.Message.ReplaceLineEndings(" ")}");
        }
        catch (OperationCanceledException)
        {
            // That is how they end.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private ProbeTarget Target() => _way.Family == WayFamily.ShortPoll && _target.FirstPause is null ? _target with { FirstPause = NextPhase() * (_way.PollEvery ?? TimeSpan.FromSeconds(2)) } : _target;

    // By the golden ratio those that poll divide the interval evenly, however many they are: by chance a hundred would not, and each run had another median.
    private double NextPhase()
    {
        const double GoldenRatio = 0.6180339887498949;
        _phase = _phase is { } before ? (before + GoldenRatio) % 1 : _random.NextDouble();
        return _phase.Value;
    }
}
