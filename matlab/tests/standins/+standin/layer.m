function made = layer(type, given, positional, allowed, words)
    % LAYER  A stand-in for a layer of the toolbox: what it was made with.
    %
    %   made = standin.layer(type, given, positional, allowed): given are the
    %   arguments of the call, positional the names of those that lead, allowed the
    %   names that may follow with their values. Any other is refused. made is a
    %   structure with Type, Name and Properties.
    %
    %   standin.layer(type, given, positional, allowed, words): a leading argument may
    %   also be one of these words.

    if nargin < 5
        words = {};
    end
    count = numel(positional);
    if numel(given) < count || mod(numel(given) - count, 2)
        error('standin:layer', '%s takes %s, then names and values', type, strjoin(positional, ', '));
    end
    properties = struct();
    for k = 1:count
        if ~(isnumeric(given{k}) && isscalar(given{k})) && ~(ischar(given{k}) && any(strcmp(given{k}, words)))
            error('standin:layer', '%s: %s must be a number', type, positional{k});
        end
        properties.(positional{k}) = given{k};
    end
    name = '';
    for k = count + 1:2:numel(given)
        if strcmp(given{k}, 'Name')
            name = given{k + 1};
        elseif ~any(strcmp(given{k}, allowed))
            error('standin:layer', '%s has no argument ''%s''', type, given{k});
        elseif isfield(properties, given{k})
            error('standin:layer', '%s is given %s twice', type, given{k});
        else
            properties.(given{k}) = given{k + 1};
        end
    end
    made = struct('Type', type, 'Name', name, 'Properties', properties);
end
