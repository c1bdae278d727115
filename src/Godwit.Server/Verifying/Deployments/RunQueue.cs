using System.Globalization;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>How long the threads of processes had to wait for a processor, as Linux counts it: what a busy machine takes from a server.</summary>
internal sealed class RunQueue
{
    private readonly (int Process, Dictionary<string, long> Threads)[] _before;
    private readonly long _since = TimeProvider.System.GetTimestamp();

    private RunQueue(IReadOnlyList<int> processes) => _before = [.. processes.Select(static process => (process, Read(process)))];

    /// <summary>Begins to count.</summary>
    public static RunQueue Begin(IReadOnlyList<int> processes) => new(processes);

    /// <summary>How long the process has waited since then that has waited longest: all of its threads together, since what it does goes from one to the next, and never more than the time that has passed. Nothing where the system does not tell.</summary>
    public TimeSpan Waited()
    {
        long most = 0;
        foreach ((int process, Dictionary<string, long> before) in _before)
        {
            most = Math.Max(most, Read(process).Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key)));
        }

        TimeSpan waited = TimeSpan.FromTicks(most / TimeSpan.NanosecondsPerTick), passed = TimeProvider.System.GetElapsedTime(_since);
        return waited < passed ? waited : passed;
    }

    private static Dictionary<string, long> Read(int process)
    {
        var waited = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            foreach (string thread in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
            {
                // The time on a processor, the time in the queue before one, and how often.
                string[] fields = File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ');
                if (fields.Length > 1 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long time))
                {
                    waited[thread] = time;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The process or the thread has ended.
        }

        return waited;
    }
}
