namespace Godwit.WebRtc.Sdp;

/// <summary>Goes over the lines of a text: each ends with LF, or with CR and LF; the last may lack it.</summary>
internal static class SdpLines
{
    /// <summary>The lines, CR still at their end.</summary>
    public static Enumerator EnumerateSdpLines(this ReadOnlySpan<char> text) => new(text);

    internal ref struct Enumerator(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _left = text;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left.IsEmpty)
            {
                return false;
            }

            int end = _left.IndexOf('\n');
            Current = end < 0 ? _left : _left[..end];
            _left = end < 0 ? [] : _left[(end + 1)..];
            return true;
        }
    }
}
