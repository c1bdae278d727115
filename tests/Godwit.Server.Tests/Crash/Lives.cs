namespace Godwit.Server.Tests.Crash;

/// <summary>Where the server of this moment is; while there is none, clients wait for the next.</summary>
internal sealed class Lives
{
    private volatile TaskCompletionSource<Uri> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where rooms are, once a server is there.</summary>
    public Task<Uri> MountAsync(CancellationToken cancel) => _next.Task.WaitAsync(cancel);

    /// <summary>A server is there.</summary>
    public void Begins(Uri mount) => _next.TrySetResult(mount);

    /// <summary>It is about to be killed.</summary>
    public void Ends()
    {
        // One that never was there ends nothing: clients still wait for the next.
        if (_next.Task.IsCompleted)
        {
            _next = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
