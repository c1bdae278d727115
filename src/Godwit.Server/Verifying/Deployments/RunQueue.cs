using System.Globalization;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>How long the threads of processes had to wait for a processor, as Linux counts it: what a busy machine takes from a server.</summary>
internal sealed class RunQueue
{
    private readonly Dictionary<string, long> _before;
    private readonly IReadOnlyList<int> _processes;

    private RunQueue(IReadOnlyList<int> processes)
    {
        _processes = processes;
        _before = [];
        foreach ((string thread, long waited) in Read(processes))
        {
            _before[thread] = waited;
        }
    }

    /// <summary>Begins to count.</summary>
    public static RunQueue Begin(IReadOnlyList<int> processes) => new(processes);

    /// <summary>How long the thread has waited that has waited longest since then; nothing where the system does not tell.</summary>
    public TimeSpan Waited()
    {
        long most = 0;
        foreach ((string thread, long waited) in Read(_processes))
        {
            most = Math.Max(most, waited - _before.GetValueOrDefault(thread));
        }

        return TimeSpan.FromTicks(most / TimeSpan.NanosecondsPerTick);
    }

    private static IEnumerable<(string Thread, long Waited)> Read(IReadOnlyList<int> processes)
    {
        foreach (int process in processes)
        {
            string[] threads;
            try
            {
                threads = Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            foreach (string thread in threads)
            {
                if (Waited(thread) is { } waited)
                {
                    yield return (thread, waited);
                }
            }
        }
    }

    // The time on a processor, the time in the queue before one, and how often.
    private static long? Waited(string thread)
    {
        try
        {
            string[] fields = File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ');
            return fields.Length > 1 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long waited) ? waited : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
