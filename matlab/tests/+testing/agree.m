function agree(a, b, varargin)
    % AGREE  Assert that a signal agrees with its reference.
    %
    %   testing.agree(a, b), testing.agree(a, b, tolerance), testing.agree(a, b,
    %   tolerance, what): see bridge.compare; what is named in the message.

    result = bridge.compare(a, b, varargin{1:min(end, 1)});
    what = 'the signal';
    if numel(varargin) > 1
        what = varargin{2};
    end
    if ~result.agrees
        error('testing:agree', '%s differs by %g of scale, first in row %d', what, result.relative, result.first);
    end
end
