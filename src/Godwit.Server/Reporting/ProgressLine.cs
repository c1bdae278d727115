namespace Godwit.Server.Reporting;

/// <summary>Says how far a run is: on one line of a terminal, or on a line every 10 s where there is none.</summary>
internal sealed class ProgressLine(TextWriter output, bool isTerminal)
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private int _width;

    /// <summary>Writes until it is cancelled.</summary>
    /// <param name="line">What to say, asked for whenever it is written.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(Func<string> line, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(isTerminal ? Often : Seldom, TimeProvider.System, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancel.IsCancellationRequested)
            {
                Show(line());
            }
        }

        Clear();
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            Clear();
            output.WriteLine(line);
        }
    }

    private void Show(string line)
    {
        lock (_lock)
        {
            if (!isTerminal)
            {
                output.WriteLine(line);
                return;
            }

            output.Write("\r" + line.PadRight(_width));
            _width = line.Length;
        }
    }

    private void Clear()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                output.Write("\r" + new string(' ', _width) + "\r");
                _width = 0;
            }
        }
    }
}
