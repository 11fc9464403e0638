function differ(a, b)
    % DIFFER  Assert that a signal does not agree with its reference.
    %
    %   testing.differ(a, b): see bridge.compare.

    result = bridge.compare(a, b);
    assert(~result.agrees, 'testing:differ', 'the signals agree');
end
